/**
 * Participants who have published and are not connected yet: each holds a transport for a minute before it is given up. Nobody may
 * have so many of these that others find no place.
 */
import { RpcError } from '@kraken/protocol';
import type { JoinOrigin } from './signalling.js';

export interface JoinLimits {
  /** At the same time, in all. */
  readonly pendingJoins: number;
  /** Of these, from one address, or one network of IPv6. */
  readonly pendingJoinsPerAddress: number;
  /** Of these, with tokens of one subject. */
  readonly pendingJoinsPerSubject: number;
}

/** What a join was one too many of. */
export type JoinLimit = 'engine' | 'address' | 'subject';

export interface JoinFigures {
  readonly pending: number;
  /** How many were refused, ever, by what they were too many of. */
  readonly refused: Readonly<Record<JoinLimit, number>>;
}

/** What of a participant counts. */
export interface Joining {
  readonly origin: JoinOrigin;
}

export class PendingJoins {
  readonly #limits: JoinLimits;
  readonly #joining = new Set<Joining>();
  /** How many there are of each address and subject that has any. */
  readonly #counts = new Map<string, number>();
  readonly #refused: Record<JoinLimit, number> = { engine: 0, address: 0, subject: 0 };

  constructor(limits: JoinLimits) {
    this.#limits = limits;
  }

  get figures(): JoinFigures {
    return { pending: this.#joining.size, refused: { ...this.#refused } };
  }

  /** Of how many addresses and subjects it is known how many they have. */
  get owners(): number {
    return this.#counts.size;
  }

  /**
   * @param former the connection whose place is taken, or null. Who is there may always come again, as far as the engine's places go:
   *   those of its own address and subject are shared with nobody else.
   * @throws RpcError TOO_MANY_JOINS
   */
  check(origin: JoinOrigin, former: Joining | null): void {
    const { pendingJoins, pendingJoinsPerAddress, pendingJoinsPerSubject } = this.#limits;
    const left = former !== null && this.#joining.has(former) ? former.origin : null;
    if (this.#exceeds(ownersOf(origin).address, left, pendingJoinsPerAddress))
      this.#refuse('address', `${pendingJoinsPerAddress} participants of this address`);
    if (this.#exceeds(ownersOf(origin).subject, left, pendingJoinsPerSubject))
      this.#refuse('subject', `${pendingJoinsPerSubject} participants with this token's subject`);
    if (former === null && this.#joining.size >= pendingJoins)
      this.#refuse('engine', `${pendingJoins} participants`);
  }

  add(joining: Joining): void {
    this.#joining.add(joining);
    const { address, subject } = ownersOf(joining.origin);
    for (const owner of [address, subject]) if (owner !== null) this.#counts.set(owner, this.#of(owner) + 1);
  }

  /** It is connected, or gone. */
  remove(joining: Joining): void {
    if (!this.#joining.delete(joining)) return;
    const { address, subject } = ownersOf(joining.origin);
    for (const owner of [address, subject]) {
      if (owner === null) continue;
      const rest = this.#of(owner) - 1;
      if (rest > 0) this.#counts.set(owner, rest);
      else this.#counts.delete(owner);
    }
  }

  /** @param left whose place gets free by the join that is asked about */
  #exceeds(owner: string | null, left: JoinOrigin | null, limit: number): boolean {
    if (owner === null) return false;
    const isOwn = left !== null && Object.values(ownersOf(left)).includes(owner);
    return this.#of(owner) - (isOwn ? 1 : 0) >= limit;
  }

  #of(owner: string): number {
    return this.#counts.get(owner) ?? 0;
  }

  #refuse(limit: JoinLimit, whose: string): never {
    this.#refused[limit]++;
    throw new RpcError('TOO_MANY_JOINS', `${whose} are about to connect: try again in some seconds`);
  }
}

/** Named so that no subject is taken for an address. */
function ownersOf({ address, subject }: JoinOrigin): Record<'address' | 'subject', string | null> {
  return {
    address: address === null ? null : `address ${address}`,
    subject: subject === null ? null : `subject ${subject}`,
  };
}
