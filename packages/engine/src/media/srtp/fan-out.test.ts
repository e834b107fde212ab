import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { clearLane, setLaneDestination } from './key-lane.js';
import {
  FULL_RING_COUNT,
  KEY_GROUP_SIZE,
  LANES,
  MAX_HEADER_LENGTH,
  MAX_PAYLOAD_LENGTH,
  MESSAGE_NAME,
  MESSAGE_NAME_LENGTH,
  MESSAGE_SIZE,
  OUTPUT_SPARE,
  ROUTE_GROUP_ACTIVE,
  ROUTE_GROUP_LAST_SEQUENCE_NUMBER,
  ROUTE_GROUP_OCTETS_SENT,
  ROUTE_GROUP_PACKETS_SENT,
  ROUTE_GROUP_ROC,
  TAG_LENGTH,
  TRANSMIT_RING_COUNT,
  VECTOR_BASE,
  VECTOR_LENGTH,
  VECTOR_SIZE,
} from './layout.js';
import { FanOutFixture } from './testing/fan-out-fixture.js';
import { createKernel, type KernelFixture, octets } from './testing/kernel-fixture.js';
import { type Packet, randomFields, writePacket } from './testing/rtp-packet.js';

let fixture: KernelFixture;

beforeAll(async () => {
  fixture = await createKernel();
}, 60_000);

/** Every lane's slot against the reference, for a packet `ahead` of the first one. */
function expectAllLanes(fan: FanOutFixture, packet: Packet, ahead: number): void {
  for (let lane = 0; lane < fan.lanes.length; lane++) {
    const index = (fan.lanes[lane]?.index ?? 0) + 1 + ahead;
    expect(fan.slot(lane, packet).toString('hex')).toBe(fan.expected(lane, packet, index).toString('hex'));
  }
}

function setLanes(fan: FanOutFixture, sourceSequenceNumber: number, index: () => number): void {
  const lanes = fan.keyGroups.length * LANES;
  for (let lane = 0; lane < lanes; lane++) fan.setLane(lane, { sourceSequenceNumber, index: index() });
}

const anyIndex = () => randomInt(0x10000, 2 ** 47);

describe('fanOut', () => {
  it('protects as node:crypto does, whatever the header, the payload and the lanes', () => {
    const fan = new FanOutFixture(fixture, 3);
    for (let round = 0; round < 120; round++) {
      const first = randomInt(0x10000);
      setLanes(fan, first, anyIndex);
      for (let ahead = 0; ahead < 3; ahead++) {
        const packet = writePacket(randomFields({ sequenceNumber: (first + ahead) & 0xffff }));
        expect(fan.fanOut(packet)).toBe(12);
        expectAllLanes(fan, packet, ahead);
      }
    }
  });

  it('protects payloads of every length up to the longest', () => {
    const fan = new FanOutFixture(fixture, 1);
    for (let payloadLength = 0; payloadLength <= MAX_PAYLOAD_LENGTH; payloadLength++) {
      // All lengths of a few batches and hash blocks, then one in seven.
      if (payloadLength > 300 && payloadLength % 7 !== 0) continue;
      const packet = writePacket(randomFields({ payloadLength }));
      setLanes(fan, packet.header.sequenceNumber, anyIndex);
      fan.fanOut(packet);
      expectAllLanes(fan, packet, 0);
    }
  });

  it('protects the longest header', () => {
    const fan = new FanOutFixture(fixture, 1);
    for (const payloadLength of [1, 64, MAX_PAYLOAD_LENGTH]) {
      const audioLevel = { element: 0x10, level: 0x85 };
      const packet = writePacket(randomFields({ csrcs: 15, audioLevel, payloadLength }));
      expect(packet.header.headerLength).toBe(MAX_HEADER_LENGTH);
      setLanes(fan, packet.header.sequenceNumber, anyIndex);
      fan.fanOut(packet);
      expectAllLanes(fan, packet, 0);
    }
  });

  it('counts rollovers, and goes back over one for packets that come late', () => {
    const fan = new FanOutFixture(fixture, 2);
    for (const first of [0, 1, 65_530, 65_535, 30_000]) {
      // Lanes roll over at different packets, some of them at none.
      setLanes(fan, first, () => 0x10000 * randomInt(1, 2 ** 31) + randomInt(0xfff0, 0x10010));
      for (const ahead of [
        0, 1, 5, 4, 6, 3, 2, 7, 12, 8, 20, 9, 30_000, 29_990, 50_000, 49_900, 70_000, 69_500,
      ]) {
        const packet = writePacket(randomFields({ sequenceNumber: (first + ahead) & 0xffff }));
        fan.fanOut(packet);
        expectAllLanes(fan, packet, ahead);
      }
    }
  });

  it('keeps its place when a late packet goes out', () => {
    const fan = new FanOutFixture(fixture, 1);
    setLanes(fan, 65_535, () => 0x1ffff);
    fan.fanOut(writePacket(randomFields({ sequenceNumber: 0 })));
    fan.fanOut(writePacket(randomFields({ sequenceNumber: 65_535 })));
    for (let lane = 0; lane < LANES; lane++) {
      expect(fan.route(lane, ROUTE_GROUP_ROC)).toBe(2);
      expect(fan.route(lane, ROUTE_GROUP_LAST_SEQUENCE_NUMBER)).toBe(0);
    }
  });

  it('sends padding in place of the audio level to lanes without the extension', () => {
    const fan = new FanOutFixture(fixture, 1);
    const packet = writePacket(randomFields({ csrcs: 2, audioLevel: { element: 0x30, level: 0x12 } }));
    setLanes(fan, packet.header.sequenceNumber, anyIndex);
    fan.fanOut(packet);
    for (let lane = 0; lane < LANES; lane++) {
      const id = fan.lanes[lane]?.audioLevelExtension ?? 0;
      const element = fan.slot(lane, packet).subarray(20, 28).toString('hex');
      expect(element).toBe(id === 0 ? 'bede000100000000' : `bede0001${id.toString(16)}0120000`);
    }
  });

  it('queues for each active lane a message with address and packet, and counts it', () => {
    const fan = new FanOutFixture(fixture, 2);
    const packet = writePacket(randomFields());
    setLanes(fan, packet.header.sequenceNumber, anyIndex);
    fan.route(1, ROUTE_GROUP_ACTIVE, 0);
    setLaneDestination(fixture.memory, fan.keyGroups[1] ?? 0, 2, 0);
    fixture.kernel.setMemoryBase(0xffff_f000, 0x7fff);
    expect(fan.fanOut(packet)).toBe(6);
    fixture.kernel.setMemoryBase(0, 0);
    expect(fan.word(fan.ring + TRANSMIT_RING_COUNT)).toBe(6);
    const { view } = fixture.memory;
    const base = 0x7fff_ffff_f000n;
    [0, 2, 3, 4, 5, 7].forEach((lane, place) => {
      const message = fan.messages + place * MESSAGE_SIZE;
      const vector = fan.vectors + place * VECTOR_SIZE;
      const address = BigInt(fan.destination + 16);
      expect(view.getBigUint64(message + MESSAGE_NAME, true)).toBe(base + address);
      expect(view.getUint32(message + MESSAGE_NAME_LENGTH, true)).toBe(16);
      expect(view.getBigUint64(vector + VECTOR_BASE, true)).toBe(base + BigInt(fan.slotOffset(lane)));
      const length = BigInt(packet.octets.length + TAG_LENGTH);
      expect(view.getBigUint64(vector + VECTOR_LENGTH, true)).toBe(length);
    });
    const payloadLength = packet.octets.length - packet.header.headerLength;
    for (let lane = 0; lane < 8; lane++) {
      const sent = lane === 1 || lane === 6 ? 0 : 1;
      expect(fan.route(lane, ROUTE_GROUP_PACKETS_SENT)).toBe(sent);
      expect(fan.route(lane, ROUTE_GROUP_OCTETS_SENT)).toBe(sent * payloadLength);
    }
  });

  it('leaves out and counts what a full ring does not take', () => {
    const fan = new FanOutFixture(fixture, 2, 5);
    const packet = writePacket(randomFields());
    setLanes(fan, packet.header.sequenceNumber, anyIndex);
    const before = fan.word(FULL_RING_COUNT);
    expect(fan.fanOut(packet)).toBe(5);
    expect(fan.word(fan.ring + TRANSMIT_RING_COUNT)).toBe(5);
    expect(fan.word(FULL_RING_COUNT) - before).toBe(3);
    expect(fan.route(4, ROUTE_GROUP_PACKETS_SENT)).toBe(1);
    expect(fan.route(5, ROUTE_GROUP_PACKETS_SENT)).toBe(0);
  });

  it('writes nothing beyond its slots', () => {
    const fan = new FanOutFixture(fixture, 1);
    const { memory, kernel } = fixture;
    const guarded = memory.reserve(LANES * fan.stride + 256);
    for (let payloadLength = 0; payloadLength < 200; payloadLength++) {
      const packet = writePacket(randomFields({ payloadLength }));
      const { headerLength } = packet.header;
      setLanes(fan, packet.header.sequenceNumber, anyIndex);
      memory.bytes.set(packet.octets, fan.packet);
      memory.bytes.fill(0xa5, guarded, guarded + LANES * fan.stride + 256);
      const stride = headerLength + payloadLength + OUTPUT_SPARE;
      kernel.fanOut(fan.plan, 1, fan.packet, headerLength, payloadLength, guarded, stride);
      for (let lane = 0; lane < LANES; lane++) {
        const slot = octets(memory, guarded + lane * stride, packet.octets.length + TAG_LENGTH);
        const index = (fan.lanes[lane]?.index ?? 0) + 1;
        expect(slot.equals(fan.expected(lane, packet, index))).toBe(true);
      }
      const behind = octets(memory, guarded + LANES * stride, 256);
      expect(behind.every((octet) => octet === 0xa5)).toBe(true);
    }
  });

  it('refuses lengths beyond its limits', () => {
    const fan = new FanOutFixture(fixture, 1);
    const { kernel } = fixture;
    const call = (header: number, payload: number, stride: number) => () =>
      kernel.fanOut(fan.plan, 1, fan.packet, header, payload, fan.output, stride);
    expect(call(12, MAX_PAYLOAD_LENGTH + 1, fan.stride)).toThrow();
    expect(call(MAX_HEADER_LENGTH + 4, 20, fan.stride)).toThrow();
    expect(call(12, -1, fan.stride)).toThrow();
    expect(call(12, 100, 112 + OUTPUT_SPARE - 1)).toThrow();
  });
});

describe('lanes', () => {
  it('do not feel each other: one is keyed anew or cleared and the others go on', () => {
    const fan = new FanOutFixture(fixture, 1);
    const first = randomInt(0x10000);
    setLanes(fan, first, anyIndex);
    let ahead = 0;
    const next = () => writePacket(randomFields({ sequenceNumber: (first + ahead) & 0xffff }));
    const expectOthers = (packet: Packet, but: number) => {
      for (let lane = 0; lane < LANES; lane++) {
        if (lane === but) continue;
        const index = (fan.lanes[lane]?.index ?? 0) + 1 + ahead;
        expect(fan.slot(lane, packet).equals(fan.expected(lane, packet, index))).toBe(true);
      }
    };
    for (let changed = 0; changed < LANES; changed++) {
      clearLane(fixture.kernel, fan.keyGroups[0] ?? 0, changed);
      const cleared = next();
      expect(fan.fanOut(cleared)).toBe(LANES - 1);
      expectOthers(cleared, changed);
      ahead++;
      const restarted = next();
      fan.setLane(changed, { sourceSequenceNumber: restarted.header.sequenceNumber, index: 0x30000 + ahead });
      const lane = fan.lanes[changed];
      if (lane !== undefined) lane.index -= ahead;
      expect(fan.fanOut(restarted)).toBe(LANES);
      expectAllLanes(fan, restarted, ahead);
      ahead++;
    }
  });

  it('hold nothing of a key once they are cleared', () => {
    const fan = new FanOutFixture(fixture, 1);
    const fresh = new FanOutFixture(fixture, 1);
    const keyGroup = fan.keyGroups[0] ?? 0;
    const freshGroup = fresh.keyGroups[0] ?? 0;
    for (let lane = 0; lane < LANES; lane++) {
      fan.setLane(lane, { sourceSequenceNumber: 0, index: anyIndex() });
      clearLane(fixture.kernel, keyGroup, lane);
    }
    clearLane(fixture.kernel, freshGroup, 0);
    expect(
      octets(fixture.memory, keyGroup, KEY_GROUP_SIZE).equals(
        octets(fixture.memory, freshGroup, KEY_GROUP_SIZE),
      ),
    ).toBe(true);
  });

  it('are four', () => {
    expect(() => fixture.kernel.clearKeyGroupLane(0x20000, LANES)).toThrow();
    expect(() => fixture.kernel.writeKeyGroupLane(0x20000, LANES, 0x20000, 0x20000)).toThrow();
  });
});
