import { randomBytes, randomInt } from 'node:crypto';
import { setLaneDestination, setLaneKeys } from '../key-lane.js';
import {
  DESTINATION_ADDRESS_LENGTH,
  DESTINATION_RING,
  DESTINATION_SIZE,
  INPUT_SPARE,
  KEY_GROUP_SIZE,
  LANES,
  MAX_HEADER_LENGTH,
  MAX_PAYLOAD_LENGTH,
  MESSAGE_SIZE,
  OUTPUT_SPARE,
  PLAN_ENTRY_SIZE,
  PLAN_KEY_GROUP,
  PLAN_ROUTE_GROUP,
  ROUTE_GROUP_ACTIVE,
  ROUTE_GROUP_AUDIO_LEVEL_EXTENSION,
  ROUTE_GROUP_LAST_SEQUENCE_NUMBER,
  ROUTE_GROUP_PAYLOAD_TYPE,
  ROUTE_GROUP_ROC,
  ROUTE_GROUP_SEQUENCE_OFFSET,
  ROUTE_GROUP_SIZE,
  ROUTE_GROUP_SSRC,
  ROUTE_GROUP_TIMESTAMP_OFFSET,
  TAG_LENGTH,
  TRANSMIT_RING_CAPACITY,
  TRANSMIT_RING_COUNT,
  TRANSMIT_RING_MESSAGES,
  TRANSMIT_RING_SIZE,
  TRANSMIT_RING_VECTORS,
  VECTOR_SIZE,
} from '../layout.js';
import type { MasterKey } from '../master-key.js';
import { type KernelFixture, octets, randomMasterKey } from './kernel-fixture.js';
import { deriveSessionKeys, protectRtpWith, type SessionKeys } from './reference.js';
import type { Packet } from './rtp-packet.js';

const STRIDE = (MAX_HEADER_LENGTH + MAX_PAYLOAD_LENGTH + OUTPUT_SPARE + 63) & ~63;

/** A lane as the test knows it, with the index of 48 bits that its sender is at. */
export interface Lane {
  readonly keys: SessionKeys;
  readonly ssrc: number;
  readonly sequenceOffset: number;
  readonly timestampOffset: number;
  readonly payloadType: number;
  readonly audioLevelExtension: number;
  index: number;
}

/** Groups of four lanes with everything random, one destination and one transmit ring for all of them. */
export class FanOutFixture {
  readonly lanes: Lane[] = [];
  readonly keyGroups: number[] = [];
  readonly routeGroups: number[] = [];
  readonly plan: number;
  readonly packet: number;
  readonly output: number;
  readonly ring: number;
  readonly messages: number;
  readonly vectors: number;
  readonly destination: number;
  readonly stride = STRIDE;
  readonly #fixture: KernelFixture;

  constructor(fixture: KernelFixture, groups: number, capacity = groups * LANES) {
    this.#fixture = fixture;
    const { memory } = fixture;
    this.plan = memory.reserve(groups * PLAN_ENTRY_SIZE);
    this.packet = memory.reserve(MAX_HEADER_LENGTH + MAX_PAYLOAD_LENGTH + INPUT_SPARE);
    this.output = memory.reserve(groups * LANES * STRIDE);
    this.ring = memory.reserve(TRANSMIT_RING_SIZE);
    this.messages = memory.reserve(capacity * MESSAGE_SIZE);
    this.vectors = memory.reserve(capacity * VECTOR_SIZE);
    this.destination = memory.reserve(DESTINATION_SIZE);
    this.word(this.ring + TRANSMIT_RING_CAPACITY, capacity);
    this.word(this.ring + TRANSMIT_RING_MESSAGES, this.messages);
    this.word(this.ring + TRANSMIT_RING_VECTORS, this.vectors);
    this.word(this.destination + DESTINATION_RING, this.ring);
    this.word(this.destination + DESTINATION_ADDRESS_LENGTH, 16);
    for (let group = 0; group < groups; group++) this.#addGroup(group);
  }

  /** Reads a word, or writes it first. */
  word(offset: number, value?: number): number {
    const { words } = this.#fixture.memory;
    if (value !== undefined) words[offset >> 2] = value;
    return words[offset >> 2] ?? 0;
  }

  /** Gives a lane new random keys and routes, and sets it to send sequence number `next` next. */
  setLane(lane: number, next: { readonly sourceSequenceNumber: number; readonly index: number }): void {
    const master = randomMasterKey();
    const sequenceOffset = (next.index - next.sourceSequenceNumber) & 0xffff;
    this.setLaneKeys(lane, master);
    const entry: Lane = {
      keys: deriveSessionKeys(master, 0),
      ssrc: randomBytes(4).readUInt32BE(),
      sequenceOffset,
      timestampOffset: randomBytes(4).readUInt32BE(),
      payloadType: randomInt(128),
      audioLevelExtension: randomInt(15),
      index: next.index - 1,
    };
    this.lanes[lane] = entry;
    this.route(lane, ROUTE_GROUP_SSRC, entry.ssrc);
    this.route(lane, ROUTE_GROUP_ROC, Math.floor(entry.index / 0x10000));
    this.route(lane, ROUTE_GROUP_LAST_SEQUENCE_NUMBER, entry.index % 0x10000);
    this.route(lane, ROUTE_GROUP_SEQUENCE_OFFSET, sequenceOffset);
    this.route(lane, ROUTE_GROUP_TIMESTAMP_OFFSET, entry.timestampOffset);
    this.route(lane, ROUTE_GROUP_PAYLOAD_TYPE, entry.payloadType);
    this.route(lane, ROUTE_GROUP_AUDIO_LEVEL_EXTENSION, entry.audioLevelExtension);
    this.route(lane, ROUTE_GROUP_ACTIVE, 1);
    setLaneDestination(this.#fixture.memory, this.#keyGroup(lane), lane % LANES, this.destination);
  }

  setLaneKeys(lane: number, master: MasterKey): void {
    const { kernel, memory } = this.#fixture;
    setLaneKeys(kernel, memory, this.#keyGroup(lane), lane % LANES, master);
  }

  /** Reads a field of a lane's route, or writes it first. */
  route(lane: number, field: number, value?: number): number {
    const group = this.routeGroups[Math.floor(lane / LANES)] ?? 0;
    return this.word(group + field + 4 * (lane % LANES), value);
  }

  /** Empties the ring and fans one packet out. @returns how many packets were queued */
  fanOut(packet: Packet): number {
    const { kernel, memory } = this.#fixture;
    memory.bytes.set(packet.octets, this.packet);
    this.word(this.ring + TRANSMIT_RING_COUNT, 0);
    const { headerLength } = packet.header;
    const payloadLength = packet.octets.length - headerLength;
    const { plan, output } = this;
    return kernel.fanOut(
      plan,
      this.keyGroups.length,
      this.packet,
      headerLength,
      payloadLength,
      output,
      STRIDE,
    );
  }

  /** What the kernel wrote to a lane's slot for a packet of this length. */
  slot(lane: number, packet: Packet): Buffer {
    return octets(this.#fixture.memory, this.slotOffset(lane), packet.octets.length + TAG_LENGTH);
  }

  slotOffset(lane: number): number {
    return this.output + lane * STRIDE;
  }

  /** What it should have written, by node:crypto. @param index of 48 bits that the lane's packet has */
  expected(lane: number, packet: Packet, index: number): Buffer {
    const entry = this.#lane(lane);
    const plain = Buffer.from(packet.octets);
    plain[1] = ((plain[1] ?? 0) & 0x80) | entry.payloadType;
    plain.writeUInt16BE(index % 0x10000, 2);
    plain.writeUInt32BE((plain.readUInt32BE(4) + entry.timestampOffset) % 2 ** 32, 4);
    plain.writeUInt32BE(entry.ssrc, 8);
    const { headerLength } = packet.header;
    if (((plain[0] ?? 0) & 0x10) !== 0) {
      plain[headerLength - 4] = entry.audioLevelExtension << 4;
      if (entry.audioLevelExtension === 0) plain[headerLength - 3] = 0;
    }
    return protectRtpWith(entry.keys, plain, headerLength, Math.floor(index / 0x10000));
  }

  #lane(lane: number): Lane {
    const entry = this.lanes[lane];
    if (entry === undefined) throw new Error(`no lane ${lane}`);
    return entry;
  }

  #keyGroup(lane: number): number {
    return this.keyGroups[Math.floor(lane / LANES)] ?? 0;
  }

  #addGroup(group: number): void {
    const { memory } = this.#fixture;
    const keyGroup = memory.reserve(KEY_GROUP_SIZE);
    const routeGroup = memory.reserve(ROUTE_GROUP_SIZE);
    this.keyGroups.push(keyGroup);
    this.routeGroups.push(routeGroup);
    const entry = this.plan + group * PLAN_ENTRY_SIZE;
    this.word(entry + PLAN_KEY_GROUP, keyGroup);
    this.word(entry + PLAN_ROUTE_GROUP, routeGroup);
  }
}
