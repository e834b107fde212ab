/** More names than that are counted instead. */
const NAMES_MAX = 3;

/** Who came and who went within a moment; who did both did neither. */
export class PresenceNews {
  readonly #joined = new Set<string>();
  readonly #left = new Set<string>();

  joined(name: string): void {
    if (!this.#left.delete(name)) this.#joined.add(name);
  }

  left(name: string): void {
    if (!this.#joined.delete(name)) this.#left.add(name);
  }

  /** @returns a sentence or two, or an empty text */
  text(): string {
    return [sentence([...this.#joined], 'joined'), sentence([...this.#left], 'left')]
      .filter((text) => text !== '')
      .join(' ');
  }
}

function sentence(names: readonly string[], verb: string): string {
  if (names.length === 0) return '';
  if (names.length > NAMES_MAX) return `${names.length} people ${verb}.`;
  const last = names[names.length - 1] ?? '';
  const others = names.slice(0, -1).join(', ');
  return others === '' ? `${last} ${verb}.` : `${others} and ${last} ${verb}.`;
}
