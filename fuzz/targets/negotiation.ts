import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SimulatedClient } from '../../packages/engine/src/room/testing/simulated-client.js';
import { TestEngine } from '../../packages/engine/src/room/testing/test-engine.js';
import { OctetReader } from '../input/octet-reader.js';
import { repositoryRoot } from '../repository-root.js';
import { type FuzzTarget, promise } from '../target.js';
import { checkAnswer, checkText } from './answer-check.js';
import { withoutCallerFaults } from './caller-faults.js';
import { editLines } from './line-edits.js';

const FIXTURES = 'packages/engine/src/sdp/fixtures';
const ROOM = 'room';
const MAX_STEPS = 6;
/** More polls than this in a row, each with a proper answer, are never needed. */
const POLLS_TO_SETTLE = 4;

/**
 * Offers and answers of real browsers with changed lines, from the first to the last: what is answered fits the offer, what is
 * refused changes nothing, and who is in the room is offered nothing that breaks their own negotiation.
 */
export const negotiation: FuzzTarget = {
  name: 'negotiation',
  maxLength: 160,
  seeds: () => [
    ...Array.from({ length: 12 }, (_, fixture) => Uint8Array.of(fixture, 0, 0, 1, 0)),
    // An m-line twice, a line from another browser, a restart, a mutilated answer.
    Uint8Array.of(2, 2, 9, 20, 7, 6, 30, 3, 4, 0, 1, 5, 9, 3, 1, 1, 0, 12),
    Uint8Array.of(5, 1, 12, 8, 2, 1, 2, 12, 9, 1, 0, 0, 0),
  ],
  prepare: () => {
    const folder = path.join(repositoryRoot(), FIXTURES);
    const names = readdirSync(folder)
      .filter((name) => name.endsWith('.sdp'))
      .sort();
    const browsers = names.map((name) => readFileSync(path.join(folder, name), 'utf8'));
    return (input) => {
      const reader = new OctetReader(input);
      const base = reader.pick(browsers);
      const model = new NegotiationModel(editLines(base, browsers, reader));
      for (let step = 0; step < MAX_STEPS && !reader.isAtEnd; step++) {
        const actions = [
          () => model.poll((answer) => editLines(answer, browsers, reader)),
          () => model.restart(editLines(base, browsers, reader)),
          () => model.startMedia(),
          () => model.poll((answer) => answer),
        ];
        reader.pick(actions)();
        model.check();
      }
      model.end();
    };
  },
};

/** Bob is there, and then Alice, who sends what the input says. */
class NegotiationModel {
  readonly #engine = new TestEngine();
  readonly #bob = new SimulatedClient('sendrecv');
  readonly #bobs: ReturnType<TestEngine['publish']>;
  readonly #alices: ReturnType<TestEngine['publish']> | null;
  #isHeard = false;

  constructor(offer: string) {
    this.#bobs = this.#engine.publish(ROOM, 'bob', this.#bob.offer());
    this.#bob.takeAnswer(this.#bobs.answer);
    this.#engine.startMedia(this.#bobs.transportId);
    this.#alices = this.#unlessRefused(() => this.#engine.publish(ROOM, 'alice', offer));
    if (this.#alices !== null) checkAnswer(offer, this.#alices.answer);
    this.check();
  }

  /** Alice is offered what is new, and answers it. */
  poll(edit: (answer: string) => string): void {
    const alice = this.#alices;
    if (alice === null) return;
    const offer = this.#engine.control.subscribe(alice.name);
    if (offer === null) return;
    checkText(offer.sdp);
    const answer = edit(answerTo(offer.sdp));
    this.#unlessRefused(() => this.#engine.answer(alice.name, answer));
  }

  restart(offer: string): void {
    const alice = this.#alices;
    if (alice === null) return;
    const answer = this.#unlessRefused(() => this.#engine.restart(alice.name, offer));
    if (answer !== null) checkAnswer(offer, answer);
  }

  startMedia(): void {
    if (this.#alices === null || this.#publication === undefined) return;
    this.#engine.startMedia(this.#alices.transportId);
    this.#isHeard = true;
  }

  /** Bob's negotiation is his own, and he hears Alice if she sends. */
  check(): void {
    for (let polls = 0; ; polls++) {
      const offer = this.#engine.control.subscribe(this.#bobs.name);
      if (offer === null) break;
      promise(polls < POLLS_TO_SETTLE, 'offers come to an end');
      checkText(offer.sdp);
      this.#engine.answer(this.#bobs.name, this.#bob.answer(offer.sdp));
    }
    const held = this.#engine.subscriptionsOf(this.#bobs.transportId);
    promise(held.length <= 1, 'Bob hears Alice once');
    const feeds = held.filter(({ publicationId }) => publicationId === this.#publication?.publicationId);
    if (this.#publication === undefined) promise(feeds.length === 0, 'who sends nothing is not heard');
    else if (!this.#isHeard) promise(feeds.length === 0, 'who has not begun is not heard');
  }

  end(): void {
    if (this.#alices !== null) this.#engine.control.end(this.#alices.name);
    this.#engine.control.end(this.#bobs.name);
    promise(this.#holdings() === '[[],[],[]]', 'nothing stays in the worker');
  }

  get #publication() {
    return this.#alices === null ? undefined : this.#engine.publicationOf(this.#alices.transportId);
  }

  /** @returns null for what is found fault with, which changes nothing */
  #unlessRefused<Result>(call: () => Result): Result | null {
    const before = this.#holdings();
    let isRefused = true;
    const result = withoutCallerFaults(() => {
      const answered = call();
      isRefused = false;
      return answered;
    });
    promise(!isRefused || this.#holdings() === before, 'what is refused changes nothing');
    return result;
  }

  #holdings(): string {
    const { open, publications, subscriptions } = this.#engine.worker;
    const routes = [...subscriptions.values()].map(({ subscriptionId, publicationId }) => [
      subscriptionId,
      publicationId,
    ]);
    return JSON.stringify([[...open.keys()], [...publications.keys()], routes]);
  }
}

/** What a browser that takes everything would answer: directions turned round, the handshake begun by itself. */
function answerTo(offer: string): string {
  const turned: Readonly<Record<string, string>> = { sendonly: 'recvonly', recvonly: 'sendonly' };
  return offer
    .split('\r\n')
    .filter((line) => !/^a=(?:ice-lite|candidate|end-of-candidates|ssrc|ssrc-group|msid)\b/.test(line))
    .map((line) => line.replace(/^a=(sendonly|recvonly)$/, (_, direction) => `a=${turned[direction]}`))
    .map((line) => line.replace(/^a=setup:.*/, 'a=setup:active'))
    .join('\r\n');
}
