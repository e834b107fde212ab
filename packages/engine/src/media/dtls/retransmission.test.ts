import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { DtlsRole } from '../../contract/messages.js';
import {
  type Datagram,
  InMemoryPair,
  type PairOptions,
  type Path,
  preparePairs,
} from './testing/in-memory-pair.js';
import { SeededRandom } from './testing/random.js';
import { epochOf, splitRecords } from './testing/records.js';

/** Short, since OpenSSL's clock is the real one; it takes a time-out as passed 15 ms early. */
const RETRANSMISSION_TIMEOUT = 20;
/** No time-out passes while a flight is made, also on a machine that does much else. */
const options: PairOptions = await preparePairs();
/** For those that wait for many time-outs. */
const impatient: PairOptions = await preparePairs({ retransmissionTimeout: RETRANSMISSION_TIMEOUT });
/** Handshakes at a time: so many take far less than the longest time-out, behind which they would only do more. */
const AT_A_TIME = 6;

afterAll(() => {
  for (const { serverContext, clientContext } of [options, impatient]) {
    serverContext.free();
    clientContext.free();
  }
});

/** Waits until the endpoint's time-out has passed, and lets it act. */
async function passTimeout(pair: InMemoryPair, role: DtlsRole): Promise<void> {
  const { session } = pair.endpoint(role);
  const timeout = session.timeout();
  if (timeout === null) throw new Error(`no time-out is armed at the ${role}`);
  await sleep(timeout);
  while (session.timeout() !== null && session.timeout() !== 0) await sleep(1);
  session.handleTimeout();
}

/** A pair whose server is connected while the client waits for the server's last flight, which is lost. */
function pairWithoutLastFlight(): InMemoryPair {
  const pair = new InMemoryPair(options);
  pair.client.session.start();
  pair.pump(({ to, bytes }) => (to === 'client' && pair.server.session.state === 'connected' ? [] : [bytes]));
  expect(pair.states()).toBe('connected/handshaking');
  return pair;
}

/** Lets one side go, which the other one has to hear. */
function expectGoodbye(pair: InMemoryPair, leaving: DtlsRole): void {
  pair.endpoint(leaving).session.close();
  pair.pump();
  expect(pair.endpoint(leaving === 'client' ? 'server' : 'client').closed).toEqual([
    { reason: 'dtls-closed', detail: 'the peer sent close_notify' },
  ]);
}

describe('a lost flight', () => {
  it.each([1, 2, 3])('number %d is sent again', async (lost) => {
    const pair = new InMemoryPair(options);
    const loser: DtlsRole = lost % 2 === 1 ? 'client' : 'server';
    let flight = 0;
    pair.client.session.start();
    pair.pump(({ bytes }) => (++flight === lost ? [] : [bytes]));
    expect(pair.states()).toBe('handshaking/handshaking');
    await passTimeout(pair, loser);
    pair.pump();
    expect(pair.states()).toBe('connected/connected');
    expectGoodbye(pair, loser);
  });

  it('that is the last one, is sent again when the client sends its own again', async () => {
    const pair = pairWithoutLastFlight();
    await passTimeout(pair, 'client');
    const again = pair.take();
    expect(splitRecords(again).map(epochOf)).toContain(0);
    expect(splitRecords(again).map(epochOf)).toContain(1);
    expect(pair.deliver('server', again)).toBe('dtls-wrong-epoch');
    pair.pump();
    expect(pair.states()).toBe('connected/connected');
    expect(pair.server.keys[0]?.local).toEqual(pair.client.keys[0]?.remote);
    expect(pair.server.keys).toHaveLength(1);
    pair.close();
  });

  it('that is the last one, is sent again several times', async () => {
    const pair = pairWithoutLastFlight();
    for (let lost = 0; lost < 3; lost++) {
      await passTimeout(pair, 'client');
      const answers: Datagram[] = [];
      pair.pump((datagram) => {
        if (datagram.to === 'client') answers.push(datagram);
        return datagram.to === 'client' ? [] : [datagram.bytes];
      });
      expect(answers).toHaveLength(1);
    }
    await passTimeout(pair, 'client');
    pair.pump();
    expect(pair.states()).toBe('connected/connected');
    expectGoodbye(pair, 'server');
  });

  it('that is the last one, is sent again under sequence numbers that were not used before', async () => {
    const sent: Uint8Array[] = [];
    const pair = new InMemoryPair(options);
    const lose: Path = ({ to, bytes }) => {
      if (to === 'client') sent.push(...splitRecords(bytes));
      return to === 'client' && pair.server.session.state === 'connected' ? [] : [bytes];
    };
    pair.client.session.start();
    pair.pump(lose);
    for (let lost = 0; lost < 3; lost++) {
      await passTimeout(pair, 'client');
      pair.pump(lose);
    }
    const headers = sent.map((record) => Buffer.from(record.subarray(3, 11)).toString('hex'));
    expect(new Set(headers).size).toBe(sent.length);
    const nonces = sent
      .filter((record) => epochOf(record) === 1)
      .map((record) => record.subarray(13, 21).join());
    expect(nonces).toHaveLength(4);
    expect(new Set(nonces).size).toBe(4);
    pair.close();
  });
});

describe('a last flight that the peer keeps asking for', () => {
  it('is not sent again for a replay', async () => {
    const pair = pairWithoutLastFlight();
    await passTimeout(pair, 'client');
    const again = pair.take();
    for (let copy = 0; copy < 20; copy++) pair.deliver('server', again);
    expect(pair.queue).toHaveLength(1);
    pair.close();
  });
});

describe('a peer that falls silent', () => {
  it('is given up in the end', async () => {
    const pair = new InMemoryPair(impatient);
    pair.client.session.start();
    let flights = pair.queue.splice(0).length;
    while (pair.client.session.state === 'handshaking' && flights < 100) {
      await passTimeout(pair, 'client');
      flights += pair.queue.splice(0).length;
    }
    expect(flights).toBeGreaterThan(10);
    expect(pair.client.session.state).toBe('failed');
    expect(pair.client.closed).toEqual([
      { reason: 'dtls-failed', detail: 'no answer: read timeout expired' },
    ]);
    expect(pair.client.session.timeout()).toBeNull();
    pair.close();
  });

  it('does not make handleTimeout act before its time', async () => {
    const patient = await preparePairs({ retransmissionTimeout: 60_000 });
    const pair = new InMemoryPair(patient);
    pair.client.session.start();
    pair.queue.length = 0;
    pair.client.session.handleTimeout();
    pair.server.session.handleTimeout();
    expect(pair.queue).toHaveLength(0);
    pair.close();
    patient.serverContext.free();
    patient.clientContext.free();
  });
});

describe('a time-out that has passed unnoticed', () => {
  it('does not cost records of the datagram that arrives then', async () => {
    const pair = new InMemoryPair(impatient);
    pair.client.session.start();
    pair.deliver('server', pair.take());
    const answer = pair.take();
    await sleep(RETRANSMISSION_TIMEOUT + 10);
    // The client now sends its ClientHello again, in front of the flight that answers.
    pair.deliver('client', answer);
    await sleep(RETRANSMISSION_TIMEOUT + 10);
    const joined = new Uint8Array(Buffer.concat(pair.queue.splice(0).map(({ bytes }) => bytes)));
    pair.deliver('server', joined);
    expect(pair.server.session.state).toBe('connected');
    pair.pump();
    expect(pair.states()).toBe('connected/connected');
    pair.close();
  });
});

describe('a path that loses, doubles and reorders', () => {
  async function run(seed: number, loss: number): Promise<string> {
    const random = new SeededRandom(seed);
    const pair = new InMemoryPair(impatient);
    pair.client.session.start();
    for (let turn = 0; turn < 6000 && pair.states() !== 'connected/connected'; turn++) {
      const underWay = pair.queue.splice(0).flatMap((datagram) => {
        if (random.next() < loss) return [];
        return random.next() < 0.2 ? [datagram, datagram] : [datagram];
      });
      underWay.sort(() => random.next() - 0.5);
      for (const { to, bytes } of underWay) pair.deliver(to, bytes);
      if (pair.queue.length > 0) continue;
      for (const role of ['client', 'server'] as const) {
        if (pair.endpoint(role).session.timeout() === 0) pair.endpoint(role).session.handleTimeout();
      }
      await sleep(2);
    }
    const states = pair.states();
    if (states === 'connected/connected') {
      expect(pair.server.keys[0]?.local).toEqual(pair.client.keys[0]?.remote);
      expect(pair.server.keys[0]?.remote).toEqual(pair.client.keys[0]?.local);
    }
    pair.close();
    return states;
  }

  it.each([0.1, 0.3])('at a loss of %d all handshakes complete', async (loss) => {
    for (let first = 1; first <= 60; first += AT_A_TIME) {
      const states = await Promise.all(
        Array.from({ length: AT_A_TIME }, (_, seed) => run(first + seed, loss)),
      );
      expect(new Set(states)).toEqual(new Set(['connected/connected']));
    }
  });
});
