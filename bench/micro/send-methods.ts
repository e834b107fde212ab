/** What sending a small UDP datagram over loopback costs by each method that a program in Node has. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { MSG_DONTWAIT } from '@kraken/load/engine-modules';
import { ParticipantSocket, RECEIVE_BATCH, SocketMemory, socketAddress } from '@kraken/load/socket';
import koffi from 'koffi';
import { type Spread, spreadOf } from '../report/statistics.js';
import { DATAGRAM_LENGTH, DatagramBatch, LOOPBACK } from './datagram-batch.js';

/** Datagrams of a burst, whatever the method: it sends them in one call or in several. */
const BURST = 64;
const BURSTS_PER_ROUND = 10;
const ROUNDS = 60;
const WARM_UP_ROUNDS = 5;
const BATCHES = [1, 8, 32, 64];
const SEGMENTS = [2, 4, 8, 16];
const DISCARD_PORT = 9;

export interface SendSpeed {
  readonly method: string;
  /** CPU time per datagram, the kernel's included; all methods in turn, round by round. */
  readonly microseconds: Spread;
}

interface SendMethod {
  readonly name: string;
  /** Sends BURST datagrams. */
  send(): void | Promise<void>;
}

export async function measureSendMethods(): Promise<SendSpeed[]> {
  const memory = new SocketMemory();
  const open = () => new ParticipantSocket(memory, LOOPBACK, DISCARD_PORT);
  const sender = open();
  const receivers = Array.from({ length: BURST }, open);
  const dgram = createSocket('udp4').bind(0, LOOPBACK);
  await once(dgram, 'listening');
  const methods = [
    throughDgram(dgram, receivers),
    throughSendto(sender, receivers),
    ...BATCHES.map((batch) => inBatches(memory, sender, receivers, batch)),
    ...SEGMENTS.map((segments) => inSegments(memory, sender, receivers, segments)),
  ];
  const rounds = methods.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [place, method] of methods.entries()) {
      const microseconds = await timeRound(method);
      if (round >= 0) rounds[place]?.push(microseconds);
      for (const receiver of receivers) while (receiver.receive() === RECEIVE_BATCH);
    }
  }
  for (const socket of [sender, ...receivers, dgram]) socket.close();
  return methods.flatMap(({ name }, place) => {
    const microseconds = spreadOf(rounds[place] ?? []);
    return microseconds === null ? [] : [{ method: name, microseconds }];
  });
}

async function timeRound(method: SendMethod): Promise<number> {
  const before = process.cpuUsage();
  for (let burst = 0; burst < BURSTS_PER_ROUND; burst++) await method.send();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (BURSTS_PER_ROUND * BURST);
}

function throughDgram(socket: Socket, receivers: readonly ParticipantSocket[]): SendMethod {
  const datagram = Buffer.alloc(DATAGRAM_LENGTH);
  const send = () =>
    new Promise<void>((resolve, reject) => {
      let left = receivers.length;
      const sent = (error: Error | null) => {
        if (error !== null) reject(error);
        else if (--left === 0) resolve();
      };
      for (const { port } of receivers) socket.send(datagram, port, LOOPBACK, sent);
    });
  return { name: '`dgram`', send };
}

function throughSendto(sender: ParticipantSocket, receivers: readonly ParticipantSocket[]): SendMethod {
  const sendto = koffi.load(null).func('int sendto(int, const void *, size_t, int, const void *, uint32_t)');
  const datagram = Buffer.alloc(DATAGRAM_LENGTH);
  const destinations = receivers.map(({ port }) => socketAddress(LOOPBACK, port));
  const send = () => {
    for (const to of destinations) {
      sendto(sender.descriptor, datagram, datagram.length, MSG_DONTWAIT, to, to.length);
    }
  };
  return { name: '`sendto` over FFI', send };
}

function inBatches(
  memory: SocketMemory,
  sender: ParticipantSocket,
  receivers: readonly ParticipantSocket[],
  size: number,
): SendMethod {
  const batches = Array.from(
    { length: BURST / size },
    (_, i) => new DatagramBatch(memory, receivers.slice(i * size, (i + 1) * size), 1),
  );
  const send = () => {
    for (const batch of batches) batch.send(sender);
  };
  return { name: `\`sendmmsg\`, ${size} at a time`, send };
}

function inSegments(
  memory: SocketMemory,
  sender: ParticipantSocket,
  receivers: readonly ParticipantSocket[],
  segments: number,
): SendMethod {
  const batch = new DatagramBatch(memory, receivers.slice(0, BURST / segments), segments);
  const send = () => {
    batch.send(sender);
  };
  return { name: `\`sendmmsg\` + UDP GSO, ${segments} to one destination`, send };
}
