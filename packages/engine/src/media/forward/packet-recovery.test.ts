import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RedundantPayload } from '../rtp/index.js';
import { PacketRecovery } from './packet-recovery.js';

const OPUS = 111;
const FRAME = 960;

/** CELT of 20 ms, hybrid of 10 ms, both in one frame. */
const BYTES = Uint8Array.of(31 << 3, 12 << 3);
const HALF_FRAME = 480;

/** A payload whose blocks are older than the packet by these ticks; each lasts 20 ms. */
function copies(...offsets: readonly number[]): RedundantPayload {
  const payload = new RedundantPayload();
  for (const offset of offsets) payload.add(OPUS, offset, 0, 10);
  return payload;
}

/** @returns the indices of the packets that are recovered, each with the block that has it */
function find(recovery: PacketRecovery, index: number, timestamp: number, payload: RedundantPayload) {
  recovery.find(index, timestamp, BYTES, payload, OPUS);
  return Array.from({ length: recovery.count }, (_, i) => [recovery.indices[i], recovery.blocks[i]]);
}

/** Packets of 20 ms came up to this index. */
function received(index: number, timestamp = index * FRAME): PacketRecovery {
  const recovery = new PacketRecovery();
  for (let i = Math.max(index - 3, 0); i <= index; i++) {
    recovery.remember(i, (timestamp - (index - i) * FRAME) | 0, false);
  }
  return recovery;
}

describe('recovery finds', () => {
  test('nothing that came before all that is remembered, however late its copy is', () => {
    const recovery = received(10);
    recovery.remember(11, 11 * FRAME, false);
    // In the place of 11.
    recovery.remember(11 + 1024, (11 + 1024) * FRAME, false);
    expect(find(recovery, 13, 13 * FRAME, copies(2 * FRAME, FRAME))).toEqual([]);
  });

  test('nothing where nothing is missing', () => {
    expect(find(received(10), 11, 11 * FRAME, copies(2 * FRAME, FRAME))).toEqual([]);
  });

  test('one packet that is missing, by the youngest block', () => {
    expect(find(received(10), 12, 12 * FRAME, copies(2 * FRAME, FRAME))).toEqual([[11, 1]]);
  });

  test('two in a row', () => {
    expect(find(received(10), 13, 13 * FRAME, copies(2 * FRAME, FRAME))).toEqual([
      [11, 0],
      [12, 1],
    ]);
  });

  test('the last ones of a longer gap, as far as they last till the next begins', () => {
    expect(find(received(10), 20, 20 * FRAME, copies(2 * FRAME, FRAME))).toEqual([
      [18, 0],
      [19, 1],
    ]);
    expect(find(received(10), 20, 20 * FRAME, copies(3 * FRAME, FRAME))).toEqual([[19, 1]]);
    const short = copies(FRAME + HALF_FRAME);
    short.add(OPUS, HALF_FRAME, 1, 1);
    expect(find(received(10), 20, 20 * FRAME, short)).toEqual([
      [18, 0],
      [19, 1],
    ]);
  });

  test('packets of any duration, when there is a copy of each', () => {
    const recovery = received(10);
    expect(find(recovery, 13, 10 * FRAME + 5_000, copies(4_000, 120))).toEqual([
      [11, 0],
      [12, 1],
    ]);
  });

  test('them across the wrap of timestamps', () => {
    const recovery = received(10, 0x7fff_ffff - FRAME);
    expect(find(recovery, 12, (0x7fff_ffff + FRAME) | 0, copies(FRAME))).toEqual([[11, 0]]);
  });

  test('them though packets of nothing but padding came between', () => {
    const recovery = received(10);
    recovery.remember(12, 11 * FRAME, true);
    recovery.remember(13, 11 * FRAME, true);
    expect(find(recovery, 14, 12 * FRAME, copies(2 * FRAME, FRAME))).toEqual([[11, 1]]);
  });

  test('them before a packet that comes late itself', () => {
    const recovery = received(10);
    recovery.remember(14, 14 * FRAME, false);
    expect(find(recovery, 12, 12 * FRAME, copies(FRAME))).toEqual([[11, 0]]);
  });
});

describe('recovery takes no copy', () => {
  test('when it is not certain of which packet it is', () => {
    // A longer one in the gap: 11 or 12.
    expect(find(received(10), 13, 13 * FRAME, copies(2 * FRAME))).toEqual([]);
    // More copies than packets.
    expect(find(received(10), 12, 13 * FRAME, copies(2 * FRAME, FRAME))).toEqual([]);
    // Timestamps that go backwards, or stand still.
    expect(find(received(10), 12, 9 * FRAME, copies(FRAME))).toEqual([]);
    expect(find(received(10), 12, 10 * FRAME, copies(FRAME))).toEqual([]);
    expect(find(received(10), 13, 13 * FRAME, copies(FRAME, 2 * FRAME))).toEqual([]);
    expect(find(received(10), 13, 13 * FRAME, copies(FRAME, FRAME))).toEqual([]);
    expect(find(received(10), 12, 12 * FRAME, copies(0))).toEqual([]);
  });

  test('of another codec, or an empty one', () => {
    const other = new RedundantPayload();
    other.add(OPUS + 1, FRAME, 0, 10);
    expect(find(received(10), 12, 12 * FRAME, other)).toEqual([]);
    const empty = new RedundantPayload();
    empty.add(OPUS, FRAME, 0, 0);
    expect(find(received(10), 12, 12 * FRAME, empty)).toEqual([]);
  });

  test('behind so long a gap that no block reaches across', () => {
    expect(find(received(10), 40, 40 * FRAME, copies(FRAME))).toEqual([]);
  });

  test('with the first packet, or the first one behind a restart', () => {
    const recovery = new PacketRecovery();
    expect(find(recovery, 5, 5 * FRAME, copies(FRAME))).toEqual([]);
    recovery.remember(5, 5 * FRAME, false);
    recovery.restart();
    expect(find(recovery, 7, 7 * FRAME, copies(FRAME))).toEqual([]);
    recovery.remember(7, 7 * FRAME, false);
    expect(find(recovery, 9, 9 * FRAME, copies(FRAME))).toEqual([[8, 0]]);
  });
});

test('each index is remembered once, as long as SRTP lets packets come late', () => {
  const recovery = received(10);
  expect(recovery.remember(10, 0, false)).toBe(false);
  expect(recovery.remember(12, 0, false)).toBe(true);
  expect(recovery.remember(11, 0, false)).toBe(true);
  expect(recovery.remember(11, 0, false)).toBe(false);
  expect(recovery.remember(2_000, 0, false)).toBe(true);
  expect(recovery.remember(2_000 - 1_024, 0, false)).toBe(false);
  expect(recovery.remember(2_000 - 1_023, 0, false)).toBe(true);
});

/** Packets of Opus that last this long: CELT of 2.5 ms, hybrid of 10 ms, CELT of 20 ms, SILK of 40 ms. */
const contents: Readonly<Record<number, number>> = { 120: 16 << 3, 480: 12 << 3, 960: 31 << 3, 1920: 2 << 3 };

test('whatever is lost, what is recovered is the packet that was sent, and only once', () => {
  const packets = fc.array(
    fc.record({
      duration: fc.constantFrom(120, 480, 960, 960, 960, 1_920),
      pause: fc.constantFrom(0, 0, 0, 0, 960, 19_200),
      fate: fc.constantFrom('lost', 'lost', 'late', 'comes', 'comes'),
    }),
    { minLength: 30, maxLength: 100 },
  );
  fc.assert(
    fc.property(packets, fc.integer({ min: 1, max: 3 }), (sent, redundancy) => {
      let next = 0;
      const timestamps = sent.map(({ duration, pause }) => {
        const timestamp = next + pause;
        next = timestamp + duration;
        return timestamp;
      });
      const bytes = Uint8Array.from(sent, ({ duration }) => contents[duration] ?? 0);
      const recovery = new PacketRecovery();
      const forwarded = new Set<number>();
      const arrive = (index: number) => {
        const timestamp = timestamps[index] ?? 0;
        const payload = new RedundantPayload();
        for (let copy = Math.max(index - redundancy, 0); copy < index; copy++) {
          const age = timestamp - (timestamps[copy] ?? 0);
          if (age <= 0x3fff) payload.add(OPUS, age, copy, 1);
        }
        recovery.find(index, timestamp, bytes, payload, OPUS);
        for (let i = 0; i < recovery.count; i++) {
          const recovered = recovery.indices[i] ?? -1;
          expect(payload.offsets[recovery.blocks[i] ?? -1]).toBe(recovered);
          expect(recovery.remember(recovered, timestamps[recovered] ?? 0, false)).toBe(true);
          forwarded.add(recovered);
        }
        expect(recovery.remember(index, timestamp, false)).toBe(!forwarded.has(index));
        forwarded.add(index);
      };
      const late: number[] = [];
      sent.forEach(({ fate }, index) => {
        if (fate === 'late') late.push(index);
        else if (fate === 'comes') arrive(index);
        if (index % 7 === 0) for (const packet of late.splice(0)) arrive(packet);
      });
    }),
    { numRuns: 300 },
  );
});
