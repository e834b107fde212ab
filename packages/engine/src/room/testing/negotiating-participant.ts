import { parse } from 'sdp-transform';
import type { PeerName } from '../signalling.js';
import { SimulatedClient } from './simulated-client.js';
import type { TestEngine } from './test-engine.js';

/** A client with what the engine calls it. */
export interface Participant {
  readonly client: SimulatedClient;
  readonly name: PeerName;
  readonly transportId: number;
}

/** Publishes as `uid`; media does not flow yet. */
export function join(
  engine: TestEngine,
  uid: string,
  wish: 'sendrecv' | 'recvonly' = 'sendrecv',
): Participant {
  const client = new SimulatedClient(wish);
  const { name, answer, transportId } = engine.publish('room', uid, client.offer());
  client.takeAnswer(answer);
  return { client, name, transportId };
}

/** Publishes as `uid`, and its media arrives. */
export function speak(engine: TestEngine, uid: string): Participant {
  const participant = join(engine, uid);
  engine.startMedia(participant.transportId);
  return participant;
}

/** Asks for an offer and answers it. @returns its SDP, or null when there was none */
export function poll(engine: TestEngine, { client, name }: Participant): string | null {
  const offer = engine.control.subscribe(name);
  if (offer !== null) {
    engine.answer(name, client.answer(offer.sdp));
  }
  return offer?.sdp ?? null;
}

/** @returns the cids of whom a participant hears */
export function heardBy(engine: TestEngine, { transportId }: Participant): string[] {
  return engine.worker.subscriptionsOf(transportId).map(({ cname }) => cname);
}

/** The m-lines of a description as `mid:direction`, or `mid:rejected`. */
export function shapeOf(sdp: string | null): string[] {
  return parse(sdp ?? '').media.map(
    ({ mid, port, direction }) => `${mid}:${port === 0 ? 'rejected' : direction}`,
  );
}
