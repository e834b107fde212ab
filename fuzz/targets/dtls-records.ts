import {
  findRecordEnd,
  judgeRecord,
  RECORD_HEADER_LENGTH,
} from '../../packages/engine/src/media/dtls/record.js';
import { buildRecord } from '../../packages/engine/src/media/dtls/testing/records.js';
import type { PoisonedArray } from '../../packages/engine/src/media/rtp/testing/poison.js';
import { type FuzzTarget, promise } from '../target.js';
import { parseAmidPoisons } from './amid-poisons.js';

const PHASES = ['before-client-hello', 'handshake', 'connected'] as const;
const MIN_CIPHERTEXT = 8 + 16;
/** Type, length of 24 bits, message sequence, fragment offset and length: a ClientHello of one fragment. */
const CLIENT_HELLO = Uint8Array.of(1, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 40, ...new Uint8Array(40));

/** DTLS records before OpenSSL sees them: what is let through is what RFC 6347 calls a record, and in its epoch. */
export const dtlsRecords: FuzzTarget = {
  name: 'dtls-records',
  maxLength: 300,
  seeds: () => [
    buildRecord({ type: 22, epoch: 0, body: CLIENT_HELLO }),
    Buffer.concat([
      buildRecord({ type: 20, epoch: 0, body: Uint8Array.of(1) }),
      buildRecord({ type: 22, epoch: 1, body: new Uint8Array(40) }),
      buildRecord({ type: 21, epoch: 1, body: new Uint8Array(26) }),
    ]),
    buildRecord({ type: 23, epoch: 1, version: 0xfeff, body: new Uint8Array(0) }),
  ],
  prepare: () => (input) => parseAmidPoisons(input, judgeAll),
};

function judgeAll({ bytes, offset, length }: PoisonedArray): unknown {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const verdicts: unknown[] = [];
  const end = offset + length;
  for (let start = offset; start < end; ) {
    const recordEnd = findRecordEnd(bytes, start, end);
    verdicts.push(recordEnd);
    if (recordEnd < 0) break;
    promise(recordEnd >= start + RECORD_HEADER_LENGTH && recordEnd <= end, 'a record lies within');
    const epoch = view.readUInt16BE(start + 3);
    for (const phase of PHASES) {
      const verdict = judgeRecord(bytes, start, recordEnd, phase);
      verdicts.push(verdict);
      if (verdict !== null) continue;
      const type = view.readUInt8(start);
      promise(type >= 20 && type <= 22, 'OpenSSL gets no application data');
      promise(phase !== 'connected' || epoch === 1, 'behind the handshake all is encrypted');
      promise(
        epoch === 0 || recordEnd - start - RECORD_HEADER_LENGTH >= MIN_CIPHERTEXT,
        'it can be decrypted',
      );
      promise(
        phase !== 'before-client-hello' || (type === 22 && view[start + 13] === 1),
        'a ClientHello comes first',
      );
    }
    start = recordEnd;
  }
  return verdicts;
}
