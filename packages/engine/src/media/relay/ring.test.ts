import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RING_HEADER_SIZE, RingReader, RingWriter, recordKind } from './ring.js';

const WORDS = 64;
const LONGEST = 32;

function makeRing(words = WORDS) {
  const buffer = new SharedArrayBuffer(RING_HEADER_SIZE + 4 * words);
  return { writer: new RingWriter(buffer), reader: new RingReader(buffer), buffer };
}

/** Writes a record whose words tell which one it is. @returns whether there was room */
function write(writer: RingWriter, number: number, length: number): boolean {
  const at = writer.begin(1, length);
  if (at < 0) return false;
  for (let i = 1; i < length; i++) writer.words[at + i] = number * 31 + i;
  return true;
}

/** @returns the length of the next record, which has to be that one; 0 when there is none */
function read(reader: RingReader, number: number): number {
  const at = reader.next();
  if (at < 0) return 0;
  const first = reader.words[at] ?? 0;
  const length = first & 0xffff;
  expect(recordKind(first)).toBe(1);
  for (let i = 1; i < length; i++) expect(reader.words[at + i]).toBe(number * 31 + i);
  return length;
}

describe('what is written', () => {
  test('is seen when it is published and looked for, not before', () => {
    const { writer, reader } = makeRing();
    write(writer, 1, 5);
    reader.refresh();
    expect(reader.next()).toBe(-1);
    writer.publish();
    expect(reader.next()).toBe(-1);
    reader.refresh();
    expect(read(reader, 1)).toBe(5);
    expect(reader.next()).toBe(-1);
  });

  test('by a writer that died in the midst of it is never seen', () => {
    const { writer, reader, buffer } = makeRing();
    write(writer, 1, 5);
    writer.publish();
    writer.begin(1, 7);
    const successor = new RingWriter(buffer);
    write(successor, 2, 6);
    successor.publish();
    reader.refresh();
    expect([read(reader, 1), read(reader, 2), reader.next()]).toEqual([5, 6, -1]);
  });

  test('comes out as it went in, whatever the lengths, and what does not fit is refused', () => {
    const steps = fc.array(fc.record({ length: fc.integer({ min: 1, max: LONGEST }), reads: fc.nat(4) }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const { writer, reader } = makeRing();
        const waiting: { number: number; length: number }[] = [];
        all.forEach(({ length, reads }, number) => {
          const held = waiting.reduce((sum, record) => sum + record.length, 0);
          if (write(writer, number, length)) waiting.push({ number, length });
          // Less than the longest record is lost at the end of the ring.
          else expect(held + LONGEST + length).toBeGreaterThan(WORDS);
          writer.publish();
          reader.refresh();
          for (let i = 0; i < reads; i++) {
            const next = waiting.shift();
            if (next === undefined) expect(reader.next()).toBe(-1);
            else expect(read(reader, next.number)).toBe(next.length);
          }
          reader.release();
        });
      }),
    );
  });

  test('fills the ring to the last word, and no further', () => {
    const { writer, reader } = makeRing();
    for (let i = 0; i < 4; i++) expect(write(writer, i, WORDS / 4)).toBe(true);
    expect(writer.begin(1, 1)).toBe(-1);
    writer.publish();
    reader.refresh();
    expect(read(reader, 0)).toBe(WORDS / 4);
    expect(writer.begin(1, 1)).toBe(-1);
    reader.release();
    expect(write(writer, 4, WORDS / 4)).toBe(true);
    expect(writer.begin(1, 1)).toBe(-1);
  });

  test('goes on where its positions pass 2^32', () => {
    const { buffer } = makeRing();
    new Int32Array(buffer).fill(-10, 0, 1).fill(-10, 16, 17);
    const [writer, reader] = [new RingWriter(buffer), new RingReader(buffer)];
    for (let i = 0; i < 10; i++) {
      expect(write(writer, i, 7)).toBe(true);
      writer.publish();
      reader.refresh();
      expect(read(reader, i)).toBe(7);
      reader.release();
    }
  });
});

describe('a reader', () => {
  test('that sleeps is woken once, by what is published', () => {
    const { writer, reader } = makeRing();
    expect(reader.sleep(9)).toBe(true);
    expect(writer.publish()).toBe(0);
    write(writer, 1, 3);
    expect(writer.publish()).toBe(9);
    write(writer, 2, 3);
    expect(writer.publish()).toBe(0);
  });

  test('that is awake is not woken', () => {
    const { writer, reader } = makeRing();
    reader.sleep(9);
    reader.awake();
    write(writer, 1, 3);
    expect(writer.publish()).toBe(0);
  });

  test('does not sleep on what is there already', () => {
    const { writer, reader } = makeRing();
    write(writer, 1, 3);
    writer.publish();
    expect(reader.sleep(9)).toBe(false);
    reader.refresh();
    read(reader, 1);
    expect(reader.sleep(9)).toBe(true);
  });
});

test.each([0, 3, 100])('a ring for %d words is refused', (words) => {
  expect(() => makeRing(words)).toThrow(RangeError);
});

/** ms; the other thread has to start first. */
const PATIENCE = 15_000;

test('between two threads nothing is torn, lost or doubled, and no wake-up is missed', async () => {
  const records = 200_000;
  const { reader, buffer } = makeRing(1024);
  const wakes = new Int32Array(new SharedArrayBuffer(4));
  const module = import.meta.resolve('@kraken/engine/internal/media/relay/ring');
  const code = `import { workerData } from 'node:worker_threads';
    import { RingWriter } from ${JSON.stringify(module)};
    const writer = new RingWriter(workerData.buffer);
    const publish = () => {
      if (writer.publish() === 0) return;
      Atomics.add(workerData.wakes, 0, 1);
      Atomics.notify(workerData.wakes, 0);
    };
    for (let number = 0; number < ${records}; number++) {
      const length = 2 + (number * 7919) % 61;
      let at;
      while ((at = writer.begin(1, length)) < 0) publish();
      for (let i = 1; i < length; i++) writer.words[at + i] = (number * 31 + i) | 0;
      if (number % 5 === 0 || number > ${records} - 10) publish();
    }
    publish();`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: { buffer, wakes },
  });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  let [number, faults, missed] = [0, 0, 0];
  while (number < records && missed === 0) {
    const seen = Atomics.load(wakes, 0);
    if (reader.sleep(9) && Atomics.wait(wakes, 0, seen, PATIENCE) === 'timed-out') missed++;
    reader.awake();
    reader.refresh();
    for (let at = reader.next(); at >= 0; at = reader.next(), number++) {
      const length = (reader.words[at] ?? 0) & 0xffff;
      if (length !== 2 + ((number * 7919) % 61)) faults++;
      for (let i = 1; i < length; i++) if (reader.words[at + i] !== ((number * 31 + i) | 0)) faults++;
    }
    reader.release();
  }
  expect([number, faults, missed]).toEqual([records, 0, 0]);
  await ended;
});
