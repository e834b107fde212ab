import { pino } from 'pino';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Drain, HAND_OVER_RATE, HAND_OVER_TIME, LEAVE_GRACE } from './drain.js';

const LIMIT = 30;
const MS_PER_SECOND = 1000;
/** Of systemd, which kills afterwards, and of an orderly close, ms. */
const STOP_TIMEOUT = 90_000;
const CLOSE_TIMEOUT = 5_000;

let now: number;
/** Participants by room. */
let rooms: Map<string, number>;
let isRoomElsewhere: boolean;
let left: number | null;
let hurried: number;
/** Participants that were made to rejoin, with when. */
let moved: { readonly at: number; readonly participants: number }[];
let logged: string[];
/** What happens at a time, ms. */
let events: Map<number, () => void>;
let drain: Drain;

function close(rids: readonly string[]): void {
  for (const rid of rids) {
    moved.push({ at: now, participants: rooms.get(rid) ?? 0 });
    rooms.delete(rid);
  }
}

/** Time passes with each wait, and only so. */
async function sleep(time: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  now += time;
  for (const [at, happen] of events) {
    if (at > now) continue;
    events.delete(at);
    happen();
  }
}

beforeEach(() => {
  now = 0;
  rooms = new Map();
  isRoomElsewhere = true;
  left = null;
  hurried = 0;
  moved = [];
  logged = [];
  events = new Map();
  drain = newDrain(LIMIT);
});

function newDrain(limit: number): Drain {
  return new Drain({
    rooms: {
      info: () => ({
        active_rooms: rooms.size,
        active_peers: [...rooms.values()].reduce((sum, size) => sum + size, 0),
      }),
      rooms: () => [...rooms.keys()],
      list: (rid) => Array.from({ length: rooms.get(rid) ?? 0 }, () => ({})),
      closeRooms: close,
      closeAll: () => close([...rooms.keys()]),
    },
    membership: {
      get isRoomElsewhere() {
        return isRoomElsewhere;
      },
      hurry: () => hurried++,
      leave: async () => {
        left ??= now;
      },
    },
    limit,
    onBegin: () => {},
    logger: pino({ level: 'warn' }, { write: (line) => logged.push(line) }),
    now: () => now,
    sleep,
  });
}

function fill(count: number, participants: number): void {
  for (let i = 0; i < count; i++) rooms.set(`room-${i}`, participants);
}

describe('an engine that drains', () => {
  test('tells the monitor at once, and leaves at once when it has no rooms, answering a little longer', async () => {
    expect(drain.isUnderWay).toBe(false);
    drain.begin();
    expect(drain.isUnderWay).toBe(true);
    expect(hurried).toBe(1);
    await drain.over;
    expect(left).toBe(0);
    expect(now).toBe(LEAVE_GRACE);
  });

  test('waits for its rooms, and leaves when the last one has ended', async () => {
    fill(2, 2);
    events.set(10_000, () => rooms.delete('room-0'));
    events.set(20_000, () => rooms.delete('room-1'));
    drain.begin();
    await drain.over;
    expect(left).toBe(20_000);
    expect(moved).toEqual([]);
  });

  test('is told so twice drains once', async () => {
    fill(1, 2);
    drain.begin();
    drain.begin();
    await drain.over;
    expect(hurried).toBe(1);
    expect(moved).toHaveLength(1);
  });

  test('hands its rooms over after the limit, no faster than engines take joins, and leaves behind them', async () => {
    fill(500, 2);
    drain.begin();
    await drain.over;
    expect(moved).toHaveLength(500);
    const [first] = moved;
    const last = moved.at(-1);
    expect(first?.at).toBeGreaterThanOrEqual(LIMIT * MS_PER_SECOND);
    const seconds = ((last?.at ?? 0) - (first?.at ?? 0)) / MS_PER_SECOND;
    expect(1000 / seconds).toBeGreaterThan(0.9 * HAND_OVER_RATE);
    expect(1000 / seconds).toBeLessThan(1.1 * HAND_OVER_RATE);
    expect(left).toBeGreaterThanOrEqual(last?.at ?? 0);
    expect(logged).toEqual([]);
  });

  test('waits longer behind a large room', async () => {
    rooms.set('large', 1000);
    rooms.set('small', 2);
    drain.begin();
    await drain.over;
    const [large, small] = moved;
    expect((small?.at ?? 0) - (large?.at ?? 0)).toBeGreaterThan(9 * MS_PER_SECOND);
  });

  test('and has more participants than that is faster, so that it ends before it is killed', async () => {
    fill(20_000, 2);
    drain.begin();
    await drain.over;
    expect(moved).toHaveLength(20_000);
    expect(logged).toEqual([]);
    expect(now + CLOSE_TIMEOUT).toBeLessThan(STOP_TIMEOUT);
    const within = (from: number) => moved.filter(({ at }) => at >= from && at < from + 1000).length;
    expect(within(60_000)).toBeLessThan(2 * within(31_000));
  });
});

test('an engine without patience hears first whether another one takes rooms', async () => {
  isRoomElsewhere = false;
  fill(1, 2);
  events.set(500, () => {
    isRoomElsewhere = true;
  });
  newDrain(0).begin();
  await vi.waitUntil(() => left !== null, { timeout: 10_000 });
  expect(moved[0]?.at).toBe(1_000);
  expect(logged).toEqual([]);
});

describe('an engine that drains while no other takes rooms', () => {
  beforeEach(() => {
    isRoomElsewhere = false;
    fill(2, 3);
  });

  test('keeps its rooms for as long as it can, says so once, and then closes them and ends', async () => {
    drain.begin();
    await drain.over;
    expect(moved.map(({ at }) => at)).toEqual([left, left]);
    expect(left).toBe(LIMIT * MS_PER_SECOND + HAND_OVER_TIME);
    expect(now + CLOSE_TIMEOUT).toBeLessThan(STOP_TIMEOUT);
    expect(logged.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({
        msg: expect.stringContaining('no other engine takes rooms'),
        rooms: 2,
        participants: 6,
        seconds: 40,
      }),
      expect.objectContaining({ msg: expect.stringContaining('closes rooms'), rooms: 2, participants: 6 }),
    ]);
  });

  test('hands them over once another one does', async () => {
    events.set(40_000, () => {
      isRoomElsewhere = true;
    });
    drain.begin();
    await drain.over;
    expect(moved.map(({ participants }) => participants)).toEqual([3, 3]);
    expect(left).toBeGreaterThan(40_000);
    expect(left).toBeLessThan(42_000);
  });
});

test('an engine that has to end at once closes its rooms, and leaves behind them, draining or not', async () => {
  fill(3, 2);
  await drain.end();
  expect(moved).toHaveLength(3);
  expect(left).toBe(0);
  expect(drain.isUnderWay).toBe(true);
});

test('an engine that has to end while it drains does so without waiting', async () => {
  fill(3, 2);
  drain.begin();
  await drain.end();
  expect(moved).toHaveLength(3);
  expect(left).toBeLessThan(MS_PER_SECOND);
  drain.begin();
  expect(hurried).toBe(1);
});
