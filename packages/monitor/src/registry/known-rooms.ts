/** How many rooms a monitor remembers the engine of. */
export const MAX_KNOWN_ROOMS = 100_000;

/** Where the rooms were that this monitor was asked for last: by these calls find their way while Redis is gone. */
export class KnownRooms {
  readonly #engineIds = new Map<string, string>();

  set(rid: string, engineId: string): void {
    this.#engineIds.delete(rid);
    this.#engineIds.set(rid, engineId);
    if (this.#engineIds.size <= MAX_KNOWN_ROOMS) return;
    const [oldest] = this.#engineIds.keys();
    if (oldest !== undefined) this.#engineIds.delete(oldest);
  }

  get(rid: string): string | null {
    return this.#engineIds.get(rid) ?? null;
  }

  delete(rid: string): void {
    this.#engineIds.delete(rid);
  }
}
