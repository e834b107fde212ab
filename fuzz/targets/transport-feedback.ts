import { ARRIVAL_WINDOW, ArrivalLog } from '../../packages/engine/src/media/congestion/arrival-log.js';
import {
  CompoundCursor,
  RTCP_ACCEPTED,
  TransportFeedbackWriter,
} from '../../packages/engine/src/media/rtcp/index.js';
import { decodeTransportFeedback } from '../../packages/engine/src/media/rtcp/testing/transport-feedback-decoder.js';
import { MAX_FEEDBACK_LENGTH } from '../../packages/engine/src/media/rtcp/transport-feedback.js';
import { OctetReader } from '../input/octet-reader.js';
import { type FuzzTarget, promise } from '../target.js';

/** Octets of an input that write what has come so far. */
const REPORT = 0xff;
const STEPS = [0, 1, -1, 2, -2, 7, -7, 30, -100, ARRIVAL_WINDOW, 0x7000, -0x7000];
const DELAYS = [0, 0.25, 1, 20, 63.75, 64, 8_000, 9_000, 600_000];

/** Feedback of transport-wide congestion control tells of each packet when it came, whatever order they come in. */
export const transportFeedback: FuzzTarget = {
  name: 'transport-feedback',
  maxLength: 600,
  seeds: () => [
    Uint8Array.of(0x11, 0x13, 0x13, 0x33, 0x13, REPORT),
    Uint8Array.of(0x10, 0x55, 0x22, 0x10, 0x19, 0x69, REPORT, 0x11, 0x8a, REPORT),
  ],
  prepare: () => {
    const bytes = new Uint8Array(MAX_FEEDBACK_LENGTH);
    return (input) => {
      const log = new ArrivalLog();
      const reader = new OctetReader(input);
      let now = 1_000;
      let number = 0xfff0;
      while (!reader.isAtEnd) {
        const octet = reader.octet();
        if (octet === REPORT) checkReports(log, bytes);
        else {
          number = (number + (STEPS[octet & 0x0f] ?? 1)) & 0xffff;
          now += DELAYS[octet >>> 4] ?? 20;
          log.record(number, now);
        }
      }
      checkReports(log, bytes);
    };
  },
};

function checkReports(log: ArrivalLog, bytes: Uint8Array): void {
  if (!log.isPending) return;
  const writer = new TransportFeedbackWriter();
  const cursor = new CompoundCursor();
  for (let first = log.first; first < log.end; ) {
    const length = writer.write(bytes, 0, 1, 2, 3, log, first, log.end);
    promise(length <= MAX_FEEDBACK_LENGTH, 'feedback has its room');
    promise(cursor.open(bytes, 0, length) === RTCP_ACCEPTED, 'feedback is RTCP');
    const { statuses } = decodeTransportFeedback(bytes.subarray(0, length));
    promise(statuses.length > 0 && writer.next === first + statuses.length, 'feedback tells of something');
    for (const [i, { sequenceNumber, ticks }] of statuses.entries()) {
      const number = first + i;
      promise(sequenceNumber === (number & 0xffff), 'statuses follow each other');
      const came = log.hasArrived(number) ? log.ticksOf(number) : null;
      promise((ticks === null) === (came === null), 'feedback tells what has come');
      // The reference time has 24 bits of 256 ticks each.
      promise(ticks === null || came === null || (ticks | 0) === (came | 0), 'feedback tells when it came');
    }
    first = writer.next;
  }
  log.markTold();
}
