/**
 * For tests: reads transport-wide feedback, draft-holmer-rmcat-transport-wide-cc-extensions-01, bit by bit as its
 * figures show it. Shares nothing with what writes it.
 */

/** Of one packet: when it came, in ticks of 250 µs since the origin of the reference time; null when it did not. */
export interface DecodedStatus {
  readonly sequenceNumber: number;
  readonly ticks: number | null;
}

export interface DecodedFeedback {
  readonly senderSsrc: number;
  readonly mediaSsrc: number;
  readonly count: number;
  readonly statuses: readonly DecodedStatus[];
}

const REFERENCE_TICKS = 256;

/** @throws Error that says what is wrong with it */
export function decodeTransportFeedback(packet: Uint8Array): DecodedFeedback {
  const bits = [...packet].map((octet) => octet.toString(2).padStart(8, '0')).join('');
  let position = 0;
  const take = (length: number): number => {
    if (position + length > bits.length) throw new Error(`ends within bit ${position}`);
    position += length;
    return Number.parseInt(bits.slice(position - length, position), 2);
  };
  const demand = (what: string, length: number, value: number): void => {
    const found = take(length);
    if (found !== value) throw new Error(`${what} is ${found}`);
  };
  demand('version', 2, 2);
  demand('padding', 1, 0);
  demand('format', 5, 15);
  demand('packet type', 8, 205);
  demand('length', 16, packet.length / 4 - 1);
  const senderSsrc = take(32);
  const mediaSsrc = take(32);
  const base = take(16);
  const statusCount = take(16);
  const reference = take(24) * REFERENCE_TICKS;
  const count = take(8);
  const symbols: number[] = [];
  while (symbols.length < statusCount) {
    if (take(1) === 0) {
      const symbol = take(2);
      const run = take(13);
      if (run === 0 || symbols.length + run > statusCount) throw new Error(`run of ${run}`);
      symbols.push(...Array.from({ length: run }, () => symbol));
    } else {
      const width = take(1) + 1;
      for (let bit = 0; bit < 14; bit += width) symbols.push(take(width));
    }
  }
  if (symbols.splice(statusCount).some((symbol) => symbol !== 0)) throw new Error('symbols behind the last');
  let ticks = reference;
  const statuses = symbols.map((symbol, index) => {
    const sequenceNumber = (base + index) % 0x10000;
    if (symbol === 0) return { sequenceNumber, ticks: null };
    if (symbol === 3) throw new Error('reserved symbol');
    const delta = symbol === 1 ? take(8) : take(16);
    ticks += symbol === 2 && delta >= 0x8000 ? delta - 0x10000 : delta;
    return { sequenceNumber, ticks };
  });
  while (position % 32 !== 0) demand('filling', 1, 0);
  if (position !== bits.length) throw new Error(`${bits.length - position} bits too many`);
  return { senderSsrc, mediaSsrc, count, statuses };
}
