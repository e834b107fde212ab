/** Floods of the media ports. */
import { randomBytes, randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { ParticipantSocket, SocketMemory } from '@kraken/load/socket';
import { loopbackAddress } from '../../raw-connection.js';
import { FLOODS, type Flood } from '../floods.js';
import { JoinedParticipant } from '../joined-participant.js';
import { CheckedStranger } from './checked-stranger.js';
import { runHerd } from './herd.js';
import type { FloodStage, MemoryFlood } from './memory-flood.js';

/** Between two looks at the event loop, ms. */
const SLICE = 20;
/** Datagrams that are sent by turns. */
const DIFFERENT = 1024;
/** Strangers who have a participant's place each, and never end the handshake. */
const HALF_JOINED = 200;
/** As packages/engine/src/media/tcp/limits.ts has it. */
const TCP_PENDING_PER_ADDRESS = 128;
const TCP_OCTETS = 32 * 1024;
/** Octets of a frame's length, RFC 4571. */
const FRAME_HEADER = 2;
const KIBIBYTE = 1024;
/** A connection's objects in the thread of the worker, with the decoder of its frames. */
const TCP_CONNECTION = 12 * KIBIBYTE;
/** The longest frame, of which a part may be held. */
const FRAME = 8_192;
/** What OpenSSL holds of a handshake: fragments of the longest message that it takes, and its own state. */
const HANDSHAKE = 128 * KIBIBYTE;

const NOTHING_HELD = { octets: 0, words: 'nothing: a datagram from where nobody is leaves nothing behind' };

export const MEDIA_FLOODS: readonly MemoryFlood[] = [
  {
    name: 'junk, RTP and DTLS, each datagram from another address',
    countedAs: 'kraken_dropped_packets_total{',
    reckon: () => NOTHING_HELD,
    run: (stage) => fromAnywhere(stage, ({ reason }) => reason === 'unknown-source'),
  },
  {
    name: 'STUN, each check from another address',
    countedAs: 'kraken_dropped_packets_total{',
    reckon: () => NOTHING_HELD,
    run: (stage) => fromAnywhere(stage, ({ name }) => name.startsWith('STUN')),
  },
  {
    name: "RTP, RTCP and DTLS under wrong keys, from a participant's address",
    countedAs: 'kraken_dropped_packets_total{',
    reckon: () => ({ octets: 0, words: 'nothing: what is not under the keys is dropped' }),
    run: forgedFlood,
  },
  {
    name: 'ClientHellos in fragments that never make one',
    countedAs: 'kraken_dropped_packets_total{',
    reckon: () => ({
      octets: HALF_JOINED * HANDSHAKE,
      words: `${HALF_JOINED} participants × ${HANDSHAKE / KIBIBYTE} KiB of a handshake`,
    }),
    run: fragmentFlood,
  },
  {
    name: 'TCP connections for media on which nothing comes',
    countedAs: 'kraken_dropped_packets_total{',
    reckon: ({ mediaConnections }) => tcpReckoning(mediaConnections, 0),
    run: (stage) => tcpFlood(stage, null),
  },
  {
    name: 'TCP connections for media with junk',
    countedAs: 'kraken_dropped_packets_total{',
    reckon: ({ mediaConnections }) => tcpReckoning(mediaConnections, FRAME),
    run: (stage) => tcpFlood(stage, junkFrames()),
  },
];

function tcpReckoning(connections: number, octets: number) {
  const read = octets === 0 ? '' : ` and ${octets.toLocaleString('en-US')} octets of a frame`;
  return {
    octets: connections * (TCP_CONNECTION + octets),
    words: `${connections.toLocaleString('en-US')} connections × ${TCP_CONNECTION / KIBIBYTE} KiB${read}`,
  };
}

/** A socket of its own for each datagram, so that addresses and ports are never the same. */
async function fromAnywhere({ media, memory, signal }: FloodStage, kind: (flood: Flood) => boolean) {
  const floods = FLOODS.filter((flood) => !flood.fromParticipant && kind(flood));
  const datagrams = datagramsOf(floods, 'nobodyxx:atall');
  return inSlices(signal, (sent) => {
    const socket = new ParticipantSocket(memory, media.address, media.port, loopbackAddress(sent));
    socket.send(datagrams[sent % DIFFERENT] ?? Buffer.alloc(0));
    socket.close();
  });
}

async function forgedFlood({ url, secret, memory, signal }: FloodStage) {
  const participant = await JoinedParticipant.join(url, memory, secret);
  const datagrams = datagramsOf(
    FLOODS.filter(({ fromParticipant }) => fromParticipant),
    participant.username,
  );
  const sent = await inSlices(signal, (place) => {
    if (place % DIFFERENT === 0) participant.turn();
    participant.send(datagrams[place % DIFFERENT] ?? Buffer.alloc(0));
  });
  if (!participant.isConnected)
    throw new Error('the participant whose address is forged is no longer connected');
  participant.leave();
  return sent;
}

async function fragmentFlood({ url, secret, signal }: FloodStage) {
  const memory = new SocketMemory();
  const strangers: CheckedStranger[] = [];
  for (let i = 0; i < HALF_JOINED && !signal.aborted; i++) {
    strangers.push(await CheckedStranger.come(url, memory, secret, `half-${i}`));
  }
  const fragments = Array.from({ length: DIFFERENT }, (_, place) => clientHelloFragment(place));
  const sent = await inSlices(signal, (place) => {
    const stranger = strangers[place % strangers.length];
    if (place % DIFFERENT === 0) for (const each of strangers) each.turn();
    stranger?.send(fragments[randomInt(DIFFERENT)] ?? Buffer.alloc(0));
  });
  for (const stranger of strangers) stranger.leave();
  return sent;
}

/** DTLS 1.2, RFC 6347 section 4.2.2: fragments of messages of many lengths, none of which is ever whole. */
function clientHelloFragment(place: number): Buffer {
  const length = 100 + (place % 1_000);
  const messageLength = 2_000 + (place % 60) * 1_000;
  const body = Buffer.alloc(12 + length);
  body[0] = 1;
  body.writeUIntBE(messageLength, 1, 3);
  body.writeUInt16BE(place % 8, 4);
  body.writeUIntBE(randomInt(messageLength - length), 6, 3);
  body.writeUIntBE(length, 9, 3);
  randomBytes(length).copy(body, 12);
  const header = Buffer.from([22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, place >> 8, place & 0xff, 0, 0]);
  header.writeUInt16BE(body.length, 11);
  return Buffer.concat([header, body]);
}

function tcpFlood({ media, limits, signal }: FloodStage, junk: Buffer | null): Promise<number> {
  return runHerd(
    {
      // Somewhat more than are taken.
      size: Math.ceil(limits.mediaConnections * 1.05),
      perAddress: TCP_PENDING_PER_ADDRESS,
      open: (from) => connect({ port: media.port, host: media.address, localAddress: from }),
      act: (socket) => {
        if (junk !== null) socket.write(junk);
      },
    },
    signal,
  );
}

/** Frames (RFC 4571) of junk, as many as are read, the last of which never ends. */
function junkFrames(): Buffer {
  const header = Buffer.alloc(FRAME_HEADER);
  header.writeUInt16BE(FRAME);
  const frame = Buffer.concat([header, Buffer.alloc(FRAME, 0xff)]);
  const count = Math.floor(TCP_OCTETS / frame.length);
  return Buffer.concat(Array.from({ length: count }, () => frame)).subarray(0, -1);
}

function datagramsOf(floods: readonly Flood[], username: string): readonly Buffer[] {
  return Array.from(
    { length: DIFFERENT },
    (_, i) => floods[i % floods.length]?.make(username) ?? Buffer.alloc(0),
  );
}

/** As fast as this thread can, but for what else it has to do. @returns how often */
async function inSlices(signal: AbortSignal, send: (place: number) => void): Promise<number> {
  let sent = 0;
  while (!signal.aborted) {
    const end = performance.now() + SLICE;
    while (performance.now() < end) send(sent++);
    await turn();
  }
  return sent;
}
