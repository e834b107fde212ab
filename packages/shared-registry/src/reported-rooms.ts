/**
 * The rooms of each engine as it reported them last to this monitor, so that Redis need only be told what has changed,
 * as long as it agrees on what was told last.
 */
export type ReportedChanges =
  | { readonly kind: 'full'; readonly added: readonly string[] }
  | {
      readonly kind: 'changes';
      /** Of what Redis knows. */
      readonly revision: number;
      readonly added: readonly string[];
      readonly removed: readonly string[];
    };

/** Where a room was at that time, ms. */
export interface RoomPlace {
  readonly engineId: string;
  readonly at: number;
}

interface Reported {
  /** When, ms. */
  readonly at: number;
  /** null when Redis does not know them. */
  readonly revision: number | null;
  readonly rooms: ReadonlySet<string>;
}

export class ReportedRooms {
  readonly #byEngine = new Map<string, Reported>();

  /** @returns what there is to tell of the rooms that an engine reports */
  changes(engineId: string, rooms: readonly string[]): ReportedChanges {
    const last = this.#byEngine.get(engineId);
    if (last === undefined || last.revision === null) return { kind: 'full', added: rooms };
    const added = rooms.filter((rid) => !last.rooms.has(rid));
    const isSmaller = rooms.length - added.length < last.rooms.size;
    return {
      kind: 'changes',
      revision: last.revision,
      added,
      removed: isSmaller ? missing(last.rooms, rooms) : [],
    };
  }

  /** @param revision null when Redis could not be told @param at now, ms */
  remember(engineId: string, rooms: Iterable<string>, revision: number | null, at: number): void {
    this.#byEngine.set(engineId, { revision, rooms: new Set(rooms), at });
  }

  /** @returns the engine that was the last to report the room to this monitor, or null */
  holderOf(rid: string): RoomPlace | null {
    let latest: RoomPlace | null = null;
    for (const [engineId, { rooms, at }] of this.#byEngine) {
      if (rooms.has(rid) && (latest === null || at > latest.at)) latest = { engineId, at };
    }
    return latest;
  }

  /** Forgets those of engines that are not among these. */
  keep(isKnown: (engineId: string) => boolean): void {
    for (const engineId of this.#byEngine.keys()) if (!isKnown(engineId)) this.#byEngine.delete(engineId);
  }
}

function missing(old: ReadonlySet<string>, rooms: readonly string[]): string[] {
  const now = new Set(rooms);
  return [...old].filter((rid) => !now.has(rid));
}
