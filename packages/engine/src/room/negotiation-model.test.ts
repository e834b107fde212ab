import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PeerName } from './signalling.js';
import { SimulatedClient } from './testing/simulated-client.js';
import { TestEngine } from './testing/test-engine.js';

const UIDS = ['alice', 'bob', 'carol'] as const;
const ROOM = 'room';
/** More polls than this in a row with a proper answer each are never needed. */
const POLLS_TO_SETTLE = 4;

interface Participant {
  readonly client: SimulatedClient;
  readonly name: PeerName;
  readonly transportId: number;
}

interface Step {
  readonly uid: (typeof UIDS)[number];
  readonly action: Action;
}

type Action =
  | 'join'
  | 'join-listening'
  | 'start-media'
  | 'end'
  | 'lose-transport'
  | 'lose-worker'
  | 'poll'
  | 'poll-offer-lost'
  | 'poll-offer-set-only'
  | 'poll-answer-lost'
  | 'poll-answer-overtaken'
  | 'poll-answer-twice'
  | 'restart'
  | 'offer-again'
  | 'restart-twice'
  | 'restart-with-line'
  | 'mute'
  | 'unmute';

const ACTIONS: readonly Action[] = [
  'join',
  'join-listening',
  'start-media',
  'start-media',
  'start-media',
  'end',
  'lose-transport',
  'lose-worker',
  'poll',
  'poll',
  'poll',
  'poll-offer-lost',
  'poll-offer-set-only',
  'poll-answer-lost',
  'poll-answer-overtaken',
  'poll-answer-twice',
  'restart',
  'offer-again',
  'restart-twice',
  'restart-with-line',
  'mute',
  'unmute',
];

/** A room of simulated clients that do everything that clients do; one participant on each worker, or all on one. */
class Model {
  readonly engine: TestEngine;
  readonly participants = new Map<string, Participant>();
  /** Transports whose publication has started. */
  readonly #started = new Set<number>();
  readonly #uidByCid = new Map<string, string>();

  constructor(workers: number) {
    this.engine = new TestEngine({ workers, spreadRoomAt: 1 });
  }

  run(step: Step): void {
    this.#run(step);
    this.#checkFeeds();
    this.#checkRelays();
  }

  #run({ uid, action }: Step): void {
    if (action === 'join' || action === 'join-listening') {
      this.#join(uid, action === 'join');
      return;
    }
    const participant = this.participants.get(uid);
    if (participant !== undefined) {
      this.#act(participant, action);
    }
  }

  /** Polls and answers properly until there is nothing new. */
  settle(participant: Participant): void {
    for (let polls = 0; this.#poll(participant); polls++) {
      expect(polls).toBeLessThan(POLLS_TO_SETTLE);
    }
    this.checkHears(participant);
  }

  /** What a peer hears that is up to date: in the worker and in its own view. */
  checkHears({ name, transportId, client }: Participant): void {
    const held = this.engine.subscriptionsOf(transportId);
    expect(new Set(held.map(({ ssrc }) => ssrc)).size).toBe(held.length);
    const views = [...client.receptions.values()];
    expect(held.map(({ ssrc, cname }) => `${ssrc} ${cname}`).sort()).toEqual(
      views.map(({ ssrc, cid }) => `${ssrc} ${cid}`).sort(),
    );
    for (const other of this.participants.values()) {
      const ofOther = views.filter(({ uid }) => uid === other.name.uid);
      const publication = this.engine.publicationOf(other.transportId);
      if (other.name.uid === name.uid || publication === undefined) {
        expect(ofOther).toEqual([]);
      } else if (this.#started.has(publication.publicationId)) {
        expect(ofOther.map(({ cid }) => cid)).toEqual([other.name.cid]);
        const feeds = held.filter(({ cname }) => cname === other.name.cid);
        expect(feeds.map(({ publicationId }) => publicationId)).toEqual([publication.publicationId]);
      } else {
        // Its predecessor's m-line may wait for it; it is not offered itself.
        expect(ofOther.length).toBeLessThanOrEqual(1);
      }
    }
    const known = new Set([...this.participants.values()].map(({ name: { uid } }) => uid));
    expect(views.filter(({ uid }) => !known.has(uid))).toEqual([]);
  }

  /** Every subscription is fed, or its publisher's successor is about to feed it. */
  #checkFeeds(): void {
    for (const { publications, relayed, subscriptions } of this.engine.workers) {
      for (const { publicationId, cname } of subscriptions.values()) {
        if (publications.has(publicationId) || relayed.has(publicationId)) continue;
        const successor = this.participants.get(this.#uidByCid.get(cname) ?? '');
        const pending = this.engine.publicationOf(successor?.transportId ?? 0);
        expect(pending).toBeDefined();
        expect(this.#started.has(pending?.publicationId ?? 0)).toBe(false);
      }
    }
  }

  /** What is brought from worker to worker is expected there, over the same ring, and nothing else is expected. */
  #checkRelays(): void {
    for (const to of this.engine.workers) {
      const brought = this.engine.workers.flatMap((from) =>
        [...from.relays].filter(([, workers]) => workers.has(to.index)).map(([id]) => ({ id, from })),
      );
      expect(brought.map(({ id }) => id).sort()).toEqual([...to.relayed].sort());
      for (const { from } of brought) {
        expect(from.links.get(`to ${to.index}`)).toBe(to.links.get(`from ${from.index}`));
        expect(to.transports).toBeGreaterThan(0);
      }
    }
  }

  #join(uid: string, speaks: boolean): void {
    const client = new SimulatedClient(speaks ? 'sendrecv' : 'recvonly');
    const { name, answer, transportId } = this.engine.publish(ROOM, uid, client.offer());
    client.takeAnswer(answer);
    this.participants.set(uid, { client, name, transportId });
    this.#uidByCid.set(name.cid, uid);
  }

  #act(participant: Participant, action: Exclude<Action, 'join' | 'join-listening'>): void {
    const { client, name, transportId } = participant;
    const { control } = this.engine;
    switch (action) {
      case 'start-media':
        this.#startMedia(transportId);
        break;
      case 'end':
        control.end(name);
        this.participants.delete(name.uid);
        break;
      case 'lose-transport':
        this.engine.loseTransport(transportId);
        this.participants.delete(name.uid);
        break;
      case 'lose-worker': {
        const worker = this.engine.workerOf(transportId);
        for (const other of this.participants.values()) {
          if (worker.open.has(other.transportId)) this.participants.delete(other.name.uid);
        }
        this.engine.loseWorker(worker);
        break;
      }
      case 'poll':
        this.#poll(participant);
        this.checkHears(participant);
        break;
      case 'poll-offer-lost':
        control.subscribe(name);
        break;
      case 'poll-offer-set-only': {
        const offer = control.subscribe(name);
        if (offer !== null) {
          client.setOffer(offer.sdp);
        }
        break;
      }
      case 'poll-answer-lost': {
        const offer = control.subscribe(name);
        if (offer !== null) {
          client.answer(offer.sdp);
        }
        break;
      }
      case 'poll-answer-overtaken':
      case 'poll-answer-twice': {
        const offer = control.subscribe(name);
        if (offer !== null) {
          const answer = client.answer(offer.sdp);
          this.#churn(action);
          control.subscribe(name);
          this.engine.answer(name, answer);
          if (action === 'poll-answer-twice') {
            this.engine.answer(name, answer);
          }
        }
        break;
      }
      default:
        this.#restart(participant, action);
    }
  }

  /** Something changes in the room while an answer is on its way. */
  #churn(action: string): void {
    if (action === 'poll-answer-overtaken') {
      for (const { transportId } of this.participants.values()) {
        this.#startMedia(transportId);
      }
    }
  }

  #startMedia(transportId: number): void {
    const publication = this.engine.publicationOf(transportId);
    if (publication !== undefined && !this.#started.has(publication.publicationId)) {
      this.#started.add(publication.publicationId);
      this.engine.startMedia(transportId);
    }
  }

  #restart({ client, name }: Participant, action: string): void {
    if (action === 'mute' || action === 'unmute') {
      client.setMicrophone(action === 'mute' ? 'recvonly' : 'sendrecv');
    }
    const restarts = action === 'restart' || action === 'restart-twice';
    if (action === 'restart-twice') {
      this.engine.restart(name, client.offer(true));
    }
    const offer = client.offer(restarts);
    if (action === 'restart-with-line') {
      client.addLine('recvonly');
      client.takeAnswer(this.engine.restart(name, client.offer()));
      return;
    }
    client.takeAnswer(this.engine.restart(name, offer));
  }

  /** @returns whether there was an offer */
  #poll({ client, name }: Participant): boolean {
    const offer = this.engine.control.subscribe(name);
    if (offer === null) {
      return false;
    }
    this.engine.answer(name, client.answer(offer.sdp));
    return true;
  }
}

test.each([1, 2, 3])(
  'whatever clients do, one poll and answer brings a peer up to date: %i workers',
  (workers) => {
    const step = fc.record({ uid: fc.constantFrom(...UIDS), action: fc.constantFrom(...ACTIONS) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), (steps) => {
        const model = new Model(workers);
        for (const one of steps) {
          model.run(one);
        }
        for (const participant of model.participants.values()) {
          model.settle(participant);
        }
        for (const { name } of model.participants.values()) {
          model.engine.control.end(name);
        }
        for (const { open, subscriptions, relayed, relays } of model.engine.workers) {
          expect([open.size, subscriptions.size, relayed.size, relays.size]).toEqual([0, 0, 0, 0]);
        }
        expect(model.engine.control.info()).toMatchObject({ active_peers: 0, active_rooms: 0 });
      }),
      { numRuns: 300 },
    );
  },
);
