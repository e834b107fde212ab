import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AGGRESSIVE_NOMINATION_WINDOW,
  CONSENT_TIMEOUT,
  NO_TUPLE,
  SELECTED_TUPLE_SILENCE,
} from './ice-agent.js';
import { Bench, buildCheck, FIRST, SECOND, THIRD } from './testing/agent-bench.js';
import * as checks from './testing/connectivity-checks.js';
import { MAX_TUPLES } from './validated-tuples.js';

describe('a valid check', () => {
  test('is answered with the source address, under the local password', () => {
    const bench = new Bench();
    const request = buildCheck();
    const response = bench.response(bench.receive(request, 1));
    expect(response.readUInt16BE(0)).toBe(0x0101);
    expect(response.subarray(8, 20)).toEqual(Buffer.from(request.subarray(8, 20)));
    expect(response.toString('hex', 20, 32)).toBe('002000080001' + '2eb2' + 'e112a643');
    expect(checks.hasIntegrity(response, FIRST.localPassword)).toBe(true);
  });

  test('validates its tuple, whatever the address, and the first one is used until there is a nomination', () => {
    const bench = new Bench();
    expect(bench.selected).toBe(NO_TUPLE);
    expect(bench.check(5)).toMatchObject({ tupleValidated: true, selectedChanged: true, evictedTuple: null });
    expect(bench.selected).toBe(5);
    expect(bench.check(6)).toMatchObject({ tupleValidated: true, selectedChanged: false });
    expect(bench.check(5)).toMatchObject({ tupleValidated: false, selectedChanged: false });
    expect(bench.selected).toBe(5);
    expect(bench.agent.tuples).toEqual([5, 6]);
  });

  test('without FINGERPRINT and without a role is taken too', () => {
    const bench = new Bench();
    const request = checks.buildMessage({
      attributes: [checks.username('local1:remote1'), checks.priority(1)],
      password: FIRST.localPassword,
      fingerprint: false,
    });
    expect(bench.receive(request, 1).kind).toBe('accepted');
  });
});

describe('nomination', () => {
  test('selects the nominated tuple', () => {
    const bench = new Bench();
    bench.check(1);
    bench.check(2);
    expect(bench.check(2, { nominates: true })).toMatchObject({
      selectedChanged: true,
      tupleValidated: false,
    });
    expect(bench.selected).toBe(2);
    expect(bench.check(2, { nominates: true }).selectedChanged).toBe(false);
  });

  test('of another tuple later selects that one, be its priority lower', () => {
    const bench = new Bench();
    bench.check(1, { priority: 100 });
    bench.check(2, { priority: 50 });
    bench.check(1, { nominates: true, priority: 100 });
    expect(bench.check(2, { nominates: true, priority: 50 }).selectedChanged).toBe(true);
    expect(bench.selected).toBe(2);
    bench.check(1, { priority: 100 });
    expect(bench.selected).toBe(2);
  });

  test('of all tuples at once selects the one of highest priority (RFC 5245 section 8.1.1.2)', () => {
    for (const priorities of [
      [10, 30, 20],
      [30, 20, 10],
      [10, 20, 30],
    ]) {
      const bench = new Bench();
      for (let round = 0; round < 3; round++) {
        for (const priority of priorities) bench.check(priority, { nominates: true, priority });
        bench.now += 500;
      }
      expect(bench.selected).toBe(30);
    }
  });

  test('at once but of another tuple long after the first selects that one', () => {
    const bench = new Bench();
    bench.check(1, { nominates: true, priority: 30 });
    bench.now += AGGRESSIVE_NOMINATION_WINDOW;
    bench.check(2, { nominates: true, priority: 10 });
    expect(bench.selected).toBe(2);
  });
});

describe('a change of address in mid-call', () => {
  test('a nominating check from a new address selects it', () => {
    const bench = new Bench();
    bench.check(1);
    bench.check(1, { nominates: true });
    bench.now += 60_000;
    expect(bench.check(2, { nominates: true })).toMatchObject({
      tupleValidated: true,
      selectedChanged: true,
    });
    expect(bench.selected).toBe(2);
  });

  test('a NAT that gives a new port right after the start does not stop the media', () => {
    const bench = new Bench();
    bench.check(1, { nominates: true });
    bench.now += 100;
    expect(bench.check(2, { nominates: true }).selectedChanged).toBe(true);
  });

  test('a silent selected tuple gives way to one that is still checked', () => {
    const bench = new Bench();
    bench.check(1);
    bench.check(2);
    bench.check(1, { nominates: true });
    bench.now += SELECTED_TUPLE_SILENCE - 1;
    expect(bench.check(2).selectedChanged).toBe(false);
    bench.now += 1;
    expect(bench.check(2).selectedChanged).toBe(true);
    expect(bench.selected).toBe(2);
    expect(bench.check(1, { nominates: true }).selectedChanged).toBe(true);
  });
});

describe('the number of tuples', () => {
  test('is bounded: the stalest one goes, but not the selected one', () => {
    const bench = new Bench();
    for (let tuple = 0; tuple < MAX_TUPLES; tuple++) {
      expect(bench.check(tuple).evictedTuple).toBeNull();
      bench.now += 10;
    }
    bench.check(1);
    expect(bench.check(100)).toMatchObject({ tupleValidated: true, evictedTuple: 2, selectedChanged: false });
    expect(bench.check(101).evictedTuple).toBe(3);
    expect(bench.selected).toBe(0);
    expect(bench.agent.tuples).toHaveLength(MAX_TUPLES);
    expect(bench.check(2)).toMatchObject({ tupleValidated: true, evictedTuple: 4 });
  });
});

describe('removing a tuple', () => {
  test('falls back to a nominated one, then to the liveliest', () => {
    const bench = new Bench();
    bench.check(1);
    bench.check(2, { nominates: true });
    bench.check(3);
    bench.check(3, { nominates: true });
    bench.now += 10;
    bench.check(1);
    bench.check(4);
    expect(bench.selected).toBe(3);
    expect(bench.agent.removeTuple(4)).toBe(false);
    expect(bench.agent.removeTuple(3)).toBe(true);
    expect(bench.selected).toBe(2);
    expect(bench.agent.removeTuple(2)).toBe(true);
    expect(bench.selected).toBe(1);
    expect(bench.agent.removeTuple(1)).toBe(true);
    expect(bench.selected).toBe(NO_TUPLE);
    expect(bench.agent.removeTuple(1)).toBe(false);
    expect(bench.check(7)).toMatchObject({ tupleValidated: true, selectedChanged: true });
  });
});

describe('consent (RFC 7675)', () => {
  test('expires when checks stop, not before they begin', () => {
    const bench = new Bench();
    expect(bench.agent.lastCheckAt).toBeNull();
    expect(bench.agent.isExpired(Number.MAX_SAFE_INTEGER)).toBe(false);
    bench.check(1);
    expect(bench.agent.lastCheckAt).toBe(bench.now);
    expect(bench.agent.isExpired(bench.now + CONSENT_TIMEOUT - 1)).toBe(false);
    expect(bench.agent.isExpired(bench.now + CONSENT_TIMEOUT)).toBe(true);
    bench.now += CONSENT_TIMEOUT;
    bench.check(1);
    expect(bench.agent.isExpired(bench.now)).toBe(false);
  });

  test('is not kept alive by checks that prove nothing', () => {
    const bench = new Bench();
    bench.check(1);
    bench.now += CONSENT_TIMEOUT;
    bench.receive(buildCheck({ password: 'wrong' }), 1);
    expect(bench.agent.isExpired(bench.now)).toBe(true);
  });
});

describe('an ICE restart', () => {
  test('keeps the old credentials and the selected tuple until the first check with the new ones', () => {
    const bench = new Bench();
    bench.check(1, { nominates: true });
    expect(bench.agent.restart(SECOND)).toBeNull();
    expect(bench.agent.localUfrags).toEqual(['local2', 'local1']);
    expect(bench.check(1)).toMatchObject({ retiredUfrag: null });
    expect(bench.check(2, { credentials: SECOND })).toMatchObject({
      tupleValidated: true,
      retiredUfrag: 'local1',
      selectedChanged: false,
    });
    expect(bench.selected).toBe(1);
    expect(bench.agent.localUfrags).toEqual(['local2']);
    expect(bench.receive(buildCheck(), 1)).toEqual({ kind: 'dropped', reason: 'ice-wrong-username' });
    expect(bench.check(2, { credentials: SECOND, nominates: true }).selectedChanged).toBe(true);
    expect(bench.selected).toBe(2);
  });

  test('answers each check under the password that it was made with', () => {
    const bench = new Bench();
    bench.agent.restart(SECOND);
    for (const credentials of [FIRST, SECOND]) {
      const result = bench.receive(buildCheck({ credentials }), 1);
      expect(checks.hasIntegrity(bench.response(result), credentials.localPassword)).toBe(true);
    }
  });

  test('does not mix the credentials of before and after', () => {
    const bench = new Bench();
    bench.agent.restart(SECOND);
    const mixed = [
      { credentials: SECOND, password: FIRST.localPassword },
      { credentials: FIRST, password: SECOND.localPassword },
      { username: 'local1:remote2' },
      { username: 'local2:remote1', password: SECOND.localPassword },
    ];
    for (const check of mixed) expect(bench.receive(buildCheck(check), 1).kind).toBe('dropped');
  });

  test('over the same addresses starts their nomination anew', () => {
    const bench = new Bench();
    bench.check(1, { nominates: true, priority: 30 });
    bench.agent.restart(SECOND);
    const credentials = SECOND;
    bench.check(1, { credentials, priority: 30 });
    bench.check(2, { credentials, priority: 10 });
    expect(bench.check(2, { credentials, priority: 10, nominates: true }).selectedChanged).toBe(true);
  });

  test('on top of one that the peer never took up retires that one', () => {
    const bench = new Bench();
    bench.check(1);
    bench.agent.restart(SECOND);
    expect(bench.agent.restart(THIRD)).toBe('local2');
    expect(bench.agent.localUfrags).toEqual(['local3', 'local1']);
    expect(bench.receive(buildCheck({ credentials: SECOND }), 1).kind).toBe('dropped');
    expect(bench.check(1).retiredUfrag).toBeNull();
    expect(bench.check(1, { credentials: THIRD }).retiredUfrag).toBe('local1');
  });

  test('refused for a role conflict does not retire the old credentials', () => {
    const bench = new Bench();
    bench.agent.restart(SECOND);
    const request = checks.buildMessage({
      attributes: [checks.username('local2:remote2'), checks.priority(1), checks.controlled],
      password: SECOND.localPassword,
    });
    expect(bench.receive(request, 1).kind).toBe('refused');
    expect(bench.agent.localUfrags).toEqual(['local2', 'local1']);
  });
});

describe('any history of checks', () => {
  test('leaves the selected tuple a validated one and their number bounded', () => {
    const step = fc.record({
      tuple: fc.integer({ min: 0, max: 2 * MAX_TUPLES }),
      nominates: fc.boolean(),
      priority: fc.integer({ min: 0, max: 3 }),
      wait: fc.constantFrom(0, 100, 5000, 9000),
      remove: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const bench = new Bench();
        const known = new Set<number>();
        for (const { tuple, nominates, priority, wait, remove } of steps) {
          const before = bench.selected;
          let changed: boolean;
          if (remove) {
            changed = bench.agent.removeTuple(tuple);
            known.delete(tuple);
          } else {
            const result = bench.check(tuple, { nominates, priority });
            expect(result.tupleValidated).toBe(!known.has(tuple));
            known.add(tuple);
            if (result.evictedTuple !== null) known.delete(result.evictedTuple);
            changed = result.selectedChanged;
          }
          expect(changed).toBe(bench.selected !== before);
          expect(new Set(bench.agent.tuples)).toEqual(known);
          expect(known.size).toBeLessThanOrEqual(MAX_TUPLES);
          expect(known.size === 0 ? bench.selected === NO_TUPLE : known.has(bench.selected)).toBe(true);
          bench.now += wait;
        }
      }),
      { numRuns: 60 },
    );
  });
});
