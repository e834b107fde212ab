import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Mediasoup, RtpCapabilities, WebRtcTransport } from './mediasoup-api.js';
import { MediasoupRooms } from './mediasoup-rooms.js';

const LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const STREAM = { codecs: [], headerExtensions: [], encodings: [{ ssrc: 7 }], rtcp: { cname: 'c' } };

let rooms: MediasoupRooms;
/** What consumers were made with. */
let consumed: { producerId: string; rtpCapabilities: RtpCapabilities }[];
let transports = 0;

function transportOf(): WebRtcTransport {
  const id = `transport-${++transports}`;
  return {
    id,
    iceParameters: { usernameFragment: 'u', password: 'p' },
    iceCandidates: [{ ip: '127.0.0.1', port: 4000 }],
    dtlsParameters: { fingerprints: [{ algorithm: 'sha-256', value: 'AB' }] },
    connect: async () => undefined,
    produce: async () => ({ id: `producer of ${id}` }),
    consume: async (options) => {
      consumed.push(options);
      return { rtpParameters: { encodings: [{ ssrc: 40 + consumed.length }] } };
    },
    close: () => undefined,
  };
}

const capabilities: RtpCapabilities = {
  codecs: [{ kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 }],
  headerExtensions: [
    { kind: 'audio', uri: LEVEL },
    { kind: 'audio', uri: 'transport-wide congestion control' },
  ],
};

const mediasoup: Mediasoup = {
  version: '0',
  workerBin: '',
  createWorker: async () => ({
    on: () => undefined,
    close: () => undefined,
    createRouter: async () => ({
      rtpCapabilities: capabilities,
      createWebRtcTransport: async () => transportOf(),
    }),
  }),
};

beforeEach(async () => {
  consumed = [];
  transports = 0;
  rooms = await MediasoupRooms.create(mediasoup, () => undefined);
});

afterEach(() => rooms.close());

test('a transport is told by what participants need to connect to it', async () => {
  expect(await rooms.openTransport('room', 'a')).toEqual({
    transport: 'transport-1',
    ufrag: 'u',
    password: 'p',
    fingerprints: [{ algorithm: 'sha-256', value: 'AB' }],
    candidates: [{ address: '127.0.0.1', port: 4000 }],
  });
});

test('who waits for news is told of the next publication, and of those before it only once', async () => {
  await rooms.openTransport('room', 'a');
  const news = rooms.publications(0);
  await rooms.produce('transport-1', STREAM);
  expect(await news).toEqual({ next: 1, publications: [{ rid: 'room', uid: 'a' }] });
  await rooms.openTransport('room', 'b');
  await rooms.produce('transport-2', STREAM);
  expect(await rooms.publications(1)).toEqual({ next: 2, publications: [{ rid: 'room', uid: 'b' }] });
});

test('publishers of the room are heard with the audio level and no other extension, until they leave', async () => {
  await rooms.openTransport('room', 'a');
  await rooms.produce('transport-1', STREAM);
  await rooms.openTransport('room', 'b');
  await rooms.openTransport('elsewhere', 'c');
  expect(await rooms.consume('transport-2', ['a', 'nobody'])).toEqual([{ uid: 'a', ssrc: 41 }]);
  expect(await rooms.consume('transport-3', ['a'])).toEqual([]);
  expect(consumed[0]?.producerId).toBe('producer of transport-1');
  expect(consumed[0]?.rtpCapabilities.headerExtensions).toEqual([{ kind: 'audio', uri: LEVEL }]);
  await rooms.closeTransport('transport-1');
  expect(await rooms.consume('transport-2', ['a'])).toEqual([]);
  await expect(rooms.produce('transport-1', STREAM)).rejects.toThrow('no transport transport-1');
});
