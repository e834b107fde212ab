import type { Permissions } from '@kraken/protocol';
import { parseRedundancy } from '../../src/media/testing/redundancy-packets.js';
import { readPayload } from './payload.js';
import { RED_PAYLOAD_TYPE, RTX_PAYLOAD_TYPE } from './repair.js';
import type { Arrival, Session } from './session.js';
import type { OpenedPacket } from './srtp.js';

/** Milliseconds in which what was decided takes effect in every worker. */
const EFFECTIVE_WITHIN = 1_000;
/** Before the payload of a packet that is sent again in a stream of its own: RFC 4588 section 4. */
const ORIGINAL_SEQUENCE_NUMBER_LENGTH = 2;

/** A promise of the engine that did not hold. */
export class BrokenPromise extends Error {}

/** What was decided of one uid in one room, and since when it is denied something, ms. */
interface Standing {
  silencedSince: number;
  mutedSince: number;
  deafSince: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Who should hear whom, kept apart from the engine's own tables, by what the engine was asked; and what nobody may
 * ever hear.
 */
export class Expectations {
  readonly #sessions = new Map<number, Session>();
  readonly #byCid = new Map<string, Session>();
  readonly #standings = new Map<string, Map<string, Standing>>();
  readonly #limited = new Set<string>();

  add(session: Session): void {
    this.#sessions.set(session.serial, session);
  }

  admitted(session: Session, cid: string): void {
    this.#byCid.set(cid, session);
  }

  left(cid: string, at: number): void {
    const session = this.#byCid.get(cid);
    if (session !== undefined) session.leftAt = Math.min(session.leftAt, at);
  }

  /** What was decided in a room is over with the room. */
  roomBegins(rid: string): void {
    this.#standings.delete(rid);
    this.#limited.delete(rid);
  }

  silence(rid: string, uid: string, silenced: boolean, at: number): void {
    this.#standingOf(rid, uid).silencedSince = silenced ? at : NEVER;
  }

  permit(rid: string, uid: string, { publish, subscribe }: Permissions, at: number): void {
    const standing = this.#standingOf(rid, uid);
    standing.mutedSince = publish ? NEVER : Math.min(standing.mutedSince, at);
    standing.deafSince = subscribe ? NEVER : Math.min(standing.deafSince, at);
  }

  limit(rid: string, isLimited: boolean): void {
    if (isLimited) this.#limited.add(rid);
    else this.#limited.delete(rid);
  }

  /** Whether, all being well, the one hears the other before long. */
  hears(listener: Session, publisher: Session): boolean {
    if (listener.rid !== publisher.rid || listener.uid === publisher.uid || !publisher.speaks) return false;
    // Who speaks is heard there, which is not decided by who is there.
    if (this.#limited.has(listener.rid) || listener.slots > 0) return false;
    const { silencedSince, mutedSince } = this.#standingOf(publisher.rid, publisher.uid);
    const { deafSince } = this.#standingOf(listener.rid, listener.uid);
    return silencedSince === NEVER && mutedSince === NEVER && deafSince === NEVER;
  }

  /**
   * Judges a packet that the engine sends to a participant.
   * @returns the serial of who is heard
   * @throws BrokenPromise when the participant may not hear it
   */
  judge(listener: Session, packet: OpenedPacket, now: number): number {
    this.#useOnce(listener, packet);
    const { ssrc, index, payloadType } = packet;
    // What was overtaken before it joined may be asked for, where a packet from before that has come since.
    const isAnswer = payloadType === RTX_PAYLOAD_TYPE || listener.reception.hasAskedFor(ssrc, index);
    let serial = 0;
    for (const payload of contentsOf(packet)) serial = this.#judgePayload(listener, payload, isAnswer, now);
    return serial;
  }

  /** Forgets everybody. */
  clear(): void {
    this.#sessions.clear();
    this.#byCid.clear();
    this.#standings.clear();
    this.#limited.clear();
  }

  #judgePayload(listener: Session, payload: Buffer, isAnswer: boolean, now: number): number {
    const contents = readPayload(payload);
    if (contents === null)
      throw new BrokenPromise(`${nameOf(listener)} hears ${payload.length} octets that nobody has sent`);
    const { serial, n } = contents;
    const publisher = this.#sessions.get(serial);
    const arrival = publisher?.arrivalOf(n) ?? null;
    if (publisher === undefined || arrival === null)
      throw new BrokenPromise(`${nameOf(listener)} hears ${payload.toString('hex')}, which nobody has sent`);
    const isEarly = !isAnswer && arrival.last < listener.joinedAt;
    const wrong = isEarly ? 'of before it joined' : this.#wrong(listener, publisher, arrival, now);
    if (wrong !== null)
      throw new BrokenPromise(`${nameOf(listener)} hears packet ${n} of ${nameOf(publisher)} ${wrong}`);
    return serial;
  }

  #wrong(listener: Session, publisher: Session, { first }: Arrival, now: number): string | null {
    if (publisher.rid !== listener.rid) return 'of another room';
    if (publisher.uid === listener.uid) return 'which is itself';
    if (now > listener.leftAt + EFFECTIVE_WITHIN) return 'though it has left';
    if (first > publisher.leftAt + EFFECTIVE_WITHIN) return 'who has left';
    const { silencedSince, mutedSince } = this.#standingOf(publisher.rid, publisher.uid);
    if (first > silencedSince + EFFECTIVE_WITHIN) return 'who is silenced';
    if (first > mutedSince + EFFECTIVE_WITHIN) return 'who may not publish';
    const { deafSince } = this.#standingOf(listener.rid, listener.uid);
    return now > deafSince + EFFECTIVE_WITHIN ? 'though it may not subscribe' : null;
  }

  /** A packet comes again only when it was asked for, and is then the same: its keystream is used for nothing else. */
  #useOnce(listener: Session, { ssrc, index, tag }: OpenedPacket): void {
    const used = listener.used.get(ssrc) ?? new Map<number, number>();
    const before = used.get(index);
    if (before !== undefined && (before !== tag || !listener.reception.hasAskedFor(ssrc, index)))
      throw new BrokenPromise(`${nameOf(listener)} gets number ${index} of SSRC ${ssrc} twice`);
    listener.used.set(ssrc, used.set(index, tag));
  }

  #standingOf(rid: string, uid: string): Standing {
    const room = this.#standings.get(rid) ?? new Map<string, Standing>();
    this.#standings.set(rid, room);
    const standing = room.get(uid) ?? { silencedSince: NEVER, mutedSince: NEVER, deafSince: NEVER };
    room.set(uid, standing);
    return standing;
  }
}

export function nameOf({ rid, uid, serial }: Session): string {
  return `${rid}/${uid}#${serial}`;
}

/** @returns the payloads of Opus that a packet holds, the newest last */
function contentsOf({ payloadType, payload }: OpenedPacket): Buffer[] {
  if (payloadType === RTX_PAYLOAD_TYPE) return [payload.subarray(ORIGINAL_SEQUENCE_NUMBER_LENGTH)];
  if (payloadType !== RED_PAYLOAD_TYPE) return [payload];
  const { blocks, primary } = parseRedundancy(payload);
  return [...blocks.map(({ data }) => Buffer.from(data)), Buffer.from(primary)];
}
