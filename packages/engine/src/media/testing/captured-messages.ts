import type { WorkerMemory } from '../memory.js';
import {
  CONTROL_SEGMENT_LENGTH,
  CONTROL_SIZE,
  MESSAGE_CONTROL,
  MESSAGE_CONTROL_LENGTH,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  MESSAGE_VECTOR,
  MESSAGE_VECTOR_COUNT,
  VECTOR_LENGTH,
  VECTOR_SIZE,
} from '../srtp/index.js';
import { CONTROL_LEVEL, CONTROL_TYPE, SOL_UDP, UDP_SEGMENT } from '../udp/libc.js';
import { AF_INET, readSocketAddress, socketAddressLength } from '../udp/socket-address.js';

export interface CapturedDatagram {
  /** `192.0.2.1:5000` */
  readonly to: string;
  readonly bytes: Buffer;
}

/**
 * Reads what a transmit ring would hand to sendmmsg(2), by its absolute pointers, as the datagrams that the system
 * makes of it.
 * @throws Error when a message header is not what the system call would take
 */
export function readMessages(memory: WorkerMemory, messages: number, count: number): CapturedDatagram[] {
  const datagrams: CapturedDatagram[] = [];
  for (let i = 0; i < count; i++) capture(memory, messages + i * MESSAGE_SIZE, datagrams);
  return datagrams;
}

/** Without a bigint for each, as far as numbers are exact. */
function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** @returns how many datagrams readMessages would find; allocates nothing */
export function countDatagrams(memory: WorkerMemory, messages: number, count: number): number {
  let datagrams = 0;
  for (let i = 0; i < count; i++) {
    datagrams += memory.words[(messages + i * MESSAGE_SIZE + MESSAGE_VECTOR_COUNT) >> 2] ?? 0;
  }
  return datagrams;
}

/** @returns the datagrams of one message */
export function readMessage(memory: WorkerMemory, message: number): CapturedDatagram[] {
  const datagrams: CapturedDatagram[] = [];
  capture(memory, message, datagrams);
  return datagrams;
}

/** Adds the datagrams of one message. */
function capture(memory: WorkerMemory, message: number, datagrams: CapturedDatagram[]): void {
  const { view, bytes } = memory;
  const name = follow(memory, message);
  const vectors = follow(memory, message + MESSAGE_VECTOR);
  if (vectors % VECTOR_SIZE !== 0) throw new Error('the vectors are not aligned');
  if (view.getUint32(message + MESSAGE_NAME_LENGTH, true) !== socketAddressLength(bytes, name))
    throw new Error('the address has a wrong length');
  const to = destinationOf(memory, name);
  const segments = readUint64(view, message + MESSAGE_VECTOR_COUNT);
  const first = datagrams.length;
  for (let i = 0; i < segments; i++) {
    const vector = vectors + i * VECTOR_SIZE;
    const start = follow(memory, vector);
    const length = readUint64(view, vector + VECTOR_LENGTH);
    datagrams.push({ to, bytes: Buffer.from(bytes.subarray(start, start + length)) });
  }
  checkSegments(memory, message, datagrams, first);
}

/** By port and address, as numbers: each is written once, since simulations capture millions. */
const ipv4Destinations = new Map<number, string>();

function destinationOf({ bytes, view }: WorkerMemory, name: number): string {
  if (view.getUint16(name, true) === AF_INET) {
    const key = view.getUint16(name + 2) * 2 ** 32 + view.getUint32(name + 4);
    const known = ipv4Destinations.get(key);
    if (known !== undefined) return known;
    const text = writeDestination(bytes, name);
    ipv4Destinations.set(key, text);
    return text;
  }
  return writeDestination(bytes, name);
}

function writeDestination(bytes: Uint8Array, name: number): string {
  const { family, address, port } = readSocketAddress(bytes, name);
  return family === 'IPv4' ? `${address}:${port}` : `[${address}]:${port}`;
}

/** UDP_SEGMENT, udp(7): all of one length but for the last, which may be shorter. */
function checkSegments(
  memory: WorkerMemory,
  message: number,
  datagrams: readonly CapturedDatagram[],
  first: number,
): void {
  const { view } = memory;
  const controlLength = readUint64(view, message + MESSAGE_CONTROL_LENGTH);
  const count = datagrams.length - first;
  if (count === 1 && controlLength === 0) return;
  if (count < 2 || controlLength !== CONTROL_SIZE)
    throw new Error(`${count} datagrams come with ${controlLength} octets of control message`);
  const control = follow(memory, message + MESSAGE_CONTROL);
  const header = [
    view.getUint32(control, true),
    view.getInt32(control + CONTROL_LEVEL, true),
    view.getInt32(control + CONTROL_TYPE, true),
  ];
  if (header.join() !== [18, SOL_UDP, UDP_SEGMENT].join())
    throw new Error(`the control message says ${header}`);
  const segmentLength = view.getUint16(control + CONTROL_SEGMENT_LENGTH, true);
  const lengths = datagrams.slice(first).map(({ bytes }) => bytes.length);
  const last = lengths.pop() ?? 0;
  if (last > segmentLength || lengths.some((length) => length !== segmentLength))
    throw new Error(`segments of ${segmentLength} octets cannot be had of ${lengths} and ${last}`);
}

function follow(memory: WorkerMemory, at: number): number {
  const target = readUint64(memory.view, at) - memory.baseAddress;
  if (target <= 0 || target >= memory.bytes.length)
    throw new Error(`a pointer at ${at} leads out of the memory`);
  return target;
}
