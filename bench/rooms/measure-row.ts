/** One room, measured in its steady state. */
import { setTimeout as sleep } from 'node:timers/promises';
import { measureRooms } from '../measures/rooms.js';
import { type RunOptions, withRunning } from '../run-scenario.js';
import { engineFigures } from '../scenario-result.js';
import { KRAKEN } from '../sfu/kraken.js';
import { type Row, SPEAKERS } from './rows.js';

/** For the memory of those who joined to be collected, ms. */
const REST = 1_000;

export interface RowSample {
  readonly row: Row;
  readonly round: number;
  readonly packetsInPerSecond: number;
  readonly packetsOutPerSecond: number;
  /** Share of packets that sequence numbers announce and that did not come, 0 to 1. */
  readonly loss: number;
  /** CPU time of the whole engine by wall-clock time: 1 is one core. */
  readonly load: number;
  readonly microsecondsPerPacketOut: number | null;
  readonly residentBytes: number;
  /** That it took everybody to join, through a generator on one core. */
  readonly joinSeconds: number;
  /** Share of its core that the generator used, 0 to 1: near 1 it limits what is measured. */
  readonly generatorLoad: number;
  /** What others used of the engine's core. */
  readonly othersLoad: number;
  readonly faults: readonly string[];
}

/** @throws Error when the room could not be measured at all */
export function measureRow(row: Row, round: number, options: RunOptions): Promise<RowSample> {
  const settings = { room: { loudest: row.loudest } };
  return withRunning(KRAKEN, options, settings, async (running) => {
    const { pid } = running;
    if (pid === null) throw new Error('the engine has no process of its own');
    const rooms = {
      rooms: [row.shape],
      speakers: SPEAKERS,
      isSelective: row.loudest > 0,
      slots: row.inSlots ? row.loudest : 0,
    };
    const { joinSeconds, measurement } = await measureRooms(running, rooms, options, options.seconds);
    await sleep(REST);
    const { before, after, seconds, packetsSent, packetsReceived, expected, arrived } = measurement;
    if (before === null || after === null) throw new Error("the engine's usage cannot be read");
    const coreBusySeconds = after.coreBusySeconds - before.coreBusySeconds;
    const interval = { before: before.process, after: after.process, coreBusySeconds };
    const { load, microsecondsPerPacketOut, residentBytes, othersLoad } = engineFigures(
      pid,
      interval,
      packetsReceived,
    );
    return {
      row,
      round,
      packetsInPerSecond: packetsSent / seconds,
      packetsOutPerSecond: packetsReceived / seconds,
      loss: expected === 0 ? 0 : 1 - arrived / expected,
      load,
      microsecondsPerPacketOut,
      residentBytes,
      joinSeconds,
      generatorLoad: measurement.generatorLoad,
      othersLoad,
      faults: measurement.faults,
    };
  });
}
