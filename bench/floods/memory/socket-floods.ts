/** Floods of live sockets. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { httpSocket } from '../../raw-connection.js';
import { runHerd } from './herd.js';
import { type FloodLimits, type FloodStage, type MemoryFlood, withoutTokens } from './memory-flood.js';

const KIBIBYTE = 1024;
/** Defaults of [limits] in config/engine.example.toml. */
const SOCKETS_PER_ADDRESS = 1_000;
const MESSAGE = 2 * KIBIBYTE * KIBIBYTE;
const UNFINISHED = 128 * KIBIBYTE * KIBIBYTE;
/** Somewhat more than are taken. */
const EXCESS = 1.05;
/** Objects of a live socket and its connection. */
const SOCKET = 16 * KIBIBYTE;
/** RFC 6455 section 5.2. */
const TEXT = 0x01;
const CONTINUATION = 0x00;
const MASKED = 0x80;
const LENGTH_64 = 127;
/** Frames of one octet. */
const FRAGMENTS = 30_000;

export const SOCKET_FLOODS: readonly MemoryFlood[] = [
  {
    name: 'live sockets on which no token is shown',
    countedAs: 'kraken_refused_requests_total{',
    reckon: (limits) => socketsReckoning(limits, 0),
    run: (stage) => holding(stage, null),
  },
  {
    name: 'live sockets with a message that never ends, where no tokens are demanded',
    sections: withoutTokens,
    countedAs: 'kraken_refused_requests_total{',
    reckon: (limits) => socketsReckoning(limits, UNFINISHED),
    run: (stage) => holding(stage, endlessMessage()),
  },
  {
    name: 'live sockets with a message of countless frames, where no tokens are demanded',
    sections: withoutTokens,
    countedAs: 'kraken_refused_requests_total{',
    reckon: (limits) => socketsReckoning(limits, UNFINISHED),
    run: (stage) => holding(stage, countlessFrames()),
  },
];

/** @param unfinished octets of all sockets together */
function socketsReckoning({ connections }: FloodLimits, unfinished: number) {
  const besides = unfinished === 0 ? '' : `, and ${unfinished / KIBIBYTE ** 2} MiB that are unfinished`;
  return {
    octets: connections * SOCKET + unfinished,
    words: `${connections.toLocaleString('en-US')} sockets × ${SOCKET / KIBIBYTE} KiB${besides}`,
  };
}

function holding({ url, limits, signal }: FloodStage, message: Buffer | null): Promise<number> {
  return runHerd(
    {
      size: Math.ceil(limits.connections * EXCESS),
      perAddress: SOCKETS_PER_ADDRESS,
      open: (from) => httpSocket(url, from),
      act: (socket) => upgrade(socket, message),
    },
    signal,
  );
}

/** RFC 6455 section 4.1. */
function upgrade(socket: Socket, message: Buffer | null): void {
  const key = randomBytes(16).toString('base64');
  if (message !== null) socket.once('data', () => socket.write(message));
  socket.write(
    'GET /ws?room=flooded HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
}

/** One frame, all of it but the last octet. */
function endlessMessage(): Buffer {
  const header = Buffer.alloc(14);
  header[0] = MASKED | TEXT;
  header[1] = MASKED | LENGTH_64;
  header.writeBigUInt64BE(BigInt(MESSAGE), 2);
  return Buffer.concat([header, Buffer.alloc(MESSAGE - 1, 'x')]);
}

/** Frames of one octet each, none of which is the last. */
function countlessFrames(): Buffer {
  const frame = (opcode: number) => Buffer.from([opcode, MASKED | 1, 0, 0, 0, 0, 0x78]);
  return Buffer.concat([frame(TEXT), ...Array.from({ length: FRAGMENTS }, () => frame(CONTINUATION))]);
}
