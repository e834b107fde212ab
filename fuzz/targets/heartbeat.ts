import {
  parseEngineReport,
  parseEngineSummary,
  ReportError,
} from '../../packages/monitor/src/api/engine-report-body.js';
import { type FuzzTarget, promise } from '../target.js';

const REPORT = {
  engineId: 'engine-1',
  state: 'serving',
  version: '0.1.0',
  region: 'eu',
  url: 'http://192.0.2.1:7000',
  publicUrl: 'https://engine-1.example.org',
  cpu: 0.5,
  workers: [0.25, 1],
  packetsPerSecond: 10,
  participants: 2,
  closedParticipants: 0,
  closedRooms: 0,
  residentBytes: 1e8,
  rooms: ['room', 'caf%C3%A9'],
};

/** Heartbeats of engines, and what monitors find of them in Redis. */
export const heartbeat: FuzzTarget = {
  name: 'heartbeat',
  maxLength: 1_024,
  seeds: () => [
    Buffer.from(JSON.stringify(REPORT)),
    Buffer.from(JSON.stringify({ ...REPORT, rooms: undefined, roomCount: 2, proof: 'x' })),
  ],
  prepare: () => (input) => {
    const text = Buffer.from(input).toString();
    promise(
      parseEngineSummary(text, 'a secret that the input does not know') === null,
      'no summary without proof',
    );
    try {
      const { rooms } = parseEngineReport(text);
      promise(new Set(rooms).size === rooms.length, 'no room is named twice');
    } catch (error) {
      if (!(error instanceof ReportError)) throw error;
      promise(!/\n/.test(error.message), 'a fault is one line');
    }
  },
};
