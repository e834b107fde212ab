/**
 * What this machine's kernel takes for sending a small datagram over loopback, in batches and with nothing else to
 * do. An engine that sends one datagram per packet out cannot cost less, and the floor differs several times over
 * between machines: with it, figures of different machines can be compared.
 */
import { ParticipantSocket, RECEIVE_BATCH, SocketMemory } from '@kraken/load/socket';
import { DatagramBatch, LOOPBACK } from './micro/datagram-batch.js';
import { median } from './report/statistics.js';

/** Receivers, and datagrams in a batch: one to each, as to the subscribers of one packet. */
const RECEIVERS = 20;
const ROUNDS = 200;
const BATCHES_PER_ROUND = 20;
/** Where the receivers would send to, if they sent. */
const DISCARD_PORT = 9;

/** @returns microseconds per datagram: the median of many rounds */
export function measureSendFloor(): number {
  const memory = new SocketMemory();
  const open = () => new ParticipantSocket(memory, LOOPBACK, DISCARD_PORT);
  const sender = open();
  const receivers = Array.from({ length: RECEIVERS }, open);
  const batch = new DatagramBatch(memory, receivers, 1);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    let sent = 0;
    for (let i = 0; i < BATCHES_PER_ROUND; i++) sent += batch.send(sender);
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / sent);
    for (const receiver of receivers) while (receiver.receive() === RECEIVE_BATCH);
  }
  for (const socket of [sender, ...receivers]) socket.close();
  return median(rounds);
}
