import { beforeAll, describe, expect, it } from 'vitest';
import { KERNEL_PAGE_SIZE, ROUTE_GROUP_PACKETS_SENT, WARM_UP_AREA } from './layout.js';
import { FanOutFixture } from './testing/fan-out-fixture.js';
import { createKernel, type KernelFixture, octets } from './testing/kernel-fixture.js';
import { randomFields, writePacket } from './testing/rtp-packet.js';
import { warmUp } from './warm-up.js';

let fixture: KernelFixture;

beforeAll(async () => {
  fixture = await createKernel();
}, 60_000);

describe('warmUp', () => {
  it('leaves nothing behind and sends nothing', () => {
    const { kernel, memory } = fixture;
    const fan = new FanOutFixture(fixture, 1);
    const packet = writePacket(randomFields());
    for (let lane = 0; lane < 4; lane++) {
      fan.setLane(lane, { sourceSequenceNumber: packet.header.sequenceNumber, index: 0x12345 });
    }
    const before = octets(memory, KERNEL_PAGE_SIZE, memory.bytes.length - KERNEL_PAGE_SIZE);
    warmUp(kernel);
    const after = octets(memory, KERNEL_PAGE_SIZE, memory.bytes.length - KERNEL_PAGE_SIZE);
    expect(after.equals(before)).toBe(true);
    const area = octets(memory, WARM_UP_AREA, KERNEL_PAGE_SIZE - WARM_UP_AREA);
    expect(area.every((octet) => octet === 0)).toBe(true);
    expect(fan.fanOut(packet)).toBe(4);
    expect(fan.slot(0, packet).equals(fan.expected(0, packet, 0x12345))).toBe(true);
    expect(fan.route(0, ROUTE_GROUP_PACKETS_SENT)).toBe(1);
  });
});
