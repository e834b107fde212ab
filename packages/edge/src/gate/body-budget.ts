/**
 * Holds what has come of bodies and messages that are not whole yet to a number of octets in all. When that is reached, whoever has
 * most of it gives up its oldest: a newcomer who is well is whole within a round trip or two, whoever fills memory is not, and pays
 * for it itself. To refuse the newcomer instead would be what the flood is for.
 */

/** A body or message that is under way. */
export interface HeldBody {
  /** @param octets that are held of it by now; 0 when none are, so that it is no longer under way */
  hold(octets: number): void;
}

/** Besides its octets, a piece that is kept takes about so many for the objects around it. */
export const PIECE_COST = 256;

export class BodyBudget {
  readonly #limit: number;
  readonly #owners = new Map<string, Owner>();
  /** Those who hold at least 2^n octets, and less than twice as many, at n. */
  readonly #bySize: Set<Owner>[] = [];
  #octets = 0;

  /** @param limit octets */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** All that are held. */
  get octets(): number {
    return this.#octets;
  }

  /** How many have any. */
  get owners(): number {
    return this.#owners.size;
  }

  /**
   * @param owner whose body it is: all those of one are given up before others' that hold less than half of what these hold
   * @param giveUp has what is held let go; at once, and without holding anything else meanwhile
   */
  open(owner: string, giveUp: () => void): HeldBody {
    const body: Body = { owner, octets: 0, giveUp, isGivenUp: false };
    return { hold: (octets) => this.#hold(body, octets) };
  }

  #hold(body: Body, octets: number): void {
    if (body.isGivenUp || octets === body.octets) return;
    this.#set(body, octets);
    while (this.#octets > this.#limit) {
      const victim = this.#victim();
      if (victim === null) return;
      victim.isGivenUp = true;
      this.#set(victim, 0);
      victim.giveUp();
    }
  }

  #set(body: Body, octets: number): void {
    const owner = this.#owners.get(body.owner) ?? { name: body.owner, octets: 0, bodies: new Set() };
    const before = owner.octets;
    owner.octets += octets - body.octets;
    this.#octets += octets - body.octets;
    body.octets = octets;
    if (octets === 0) owner.bodies.delete(body);
    // One that is there already stays as old as it is.
    else owner.bodies.add(body);
    this.#move(owner, before);
  }

  #move(owner: Owner, before: number): void {
    if (owner.octets === 0) this.#owners.delete(owner.name);
    else if (before === 0) this.#owners.set(owner.name, owner);
    const [from, to] = [sizeOf(before), sizeOf(owner.octets)];
    if (from === to) return;
    this.#bySize[from]?.delete(owner);
    if (to < 0) return;
    const same = this.#bySize[to] ?? new Set();
    same.add(owner);
    this.#bySize[to] = same;
  }

  /** @returns the oldest body of one who holds the most, or nearly; null when nobody holds any */
  #victim(): Body | null {
    for (let size = this.#bySize.length - 1; size >= 0; size--) {
      for (const owner of this.#bySize[size] ?? []) for (const body of owner.bodies) return body;
    }
    return null;
  }
}

interface Body {
  readonly owner: string;
  octets: number;
  readonly giveUp: () => void;
  isGivenUp: boolean;
}

interface Owner {
  readonly name: string;
  octets: number;
  /** The oldest first. */
  readonly bodies: Set<Body>;
}

/** @returns the power of two; -1 for none */
function sizeOf(octets: number): number {
  return octets === 0 ? -1 : Math.floor(Math.log2(octets));
}
