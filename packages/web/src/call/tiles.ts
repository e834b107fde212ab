import type { Call, Participant } from '@kraken/client';
import { byId } from '../page/elements.js';
import { GAP, gridShape } from './grid-shape.js';
import { Tile } from './tile.js';

/** Who leaves is seen to leave. */
const FAREWELL_MILLISECONDS = 2_500;

export interface TilesEvents {
  /** Somebody wants to set a participant's volume. */
  onVolume(participant: Participant, button: HTMLButtonElement): void;
}

/**
 * The participants of the room, oneself first. What happens is noted, and drawn in the next frame: all of it at once, and
 * nothing is measured while drawing, so that the browser lays the page out once.
 */
export class Tiles {
  readonly #call: Call;
  readonly #events: TilesEvents;
  readonly #list = byId('participants', HTMLUListElement);
  readonly #space = byId('stage', HTMLElement);
  readonly #tiles = new Map<string, Tile>();
  readonly #farewells = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #changed = new Set<Tile>();
  readonly #observer = new ResizeObserver(([entry]) => this.#onResize(entry));
  #size = { width: 0, height: 0 };
  #frame = 0;

  constructor(call: Call, events: TilesEvents) {
    this.#call = call;
    this.#events = events;
    this.#add(new Tile(call.me, null));
    for (const participant of call.participants.values()) this.arrive(participant);
    this.#observer.observe(this.#space);
  }

  /** Somebody is there. */
  arrive(participant: Participant): void {
    const known = this.#tiles.get(participant.uid);
    clearTimeout(this.#farewells.get(participant.uid));
    this.#farewells.delete(participant.uid);
    if (known?.participant === participant) {
      known.hasLeft = false;
      this.#note(known);
      return;
    }
    const tile = new Tile(participant, (button) => this.#events.onVolume(participant, button));
    if (known === undefined) this.#add(tile);
    else this.#replace(known, tile);
  }

  /** Somebody has gone. */
  depart({ uid }: Participant): void {
    const tile = this.#tiles.get(uid);
    if (tile === undefined || tile.hasLeft) return;
    tile.hasLeft = true;
    this.#note(tile);
    const farewell = setTimeout(() => this.#remove(uid), FAREWELL_MILLISECONDS);
    this.#farewells.set(uid, farewell);
  }

  /** Something of a participant is different now. */
  update({ uid }: Participant): void {
    const tile = this.#tiles.get(uid);
    if (tile !== undefined) this.#note(tile);
  }

  /** Everybody's level is new. */
  updateLevels(): void {
    for (const tile of this.#tiles.values()) if (tile.isLouderOrQuieter) this.#note(tile);
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    for (const farewell of this.#farewells.values()) clearTimeout(farewell);
    this.#list.replaceChildren();
  }

  #add(tile: Tile): void {
    this.#tiles.set(tile.participant.uid, tile);
    this.#list.append(tile.element);
    tile.draw();
    this.#arrange();
  }

  #replace(known: Tile, tile: Tile): void {
    this.#tiles.set(tile.participant.uid, tile);
    this.#changed.delete(known);
    known.element.replaceWith(tile.element);
    tile.draw();
  }

  #remove(uid: string): void {
    this.#farewells.delete(uid);
    this.#tiles.get(uid)?.element.remove();
    this.#tiles.delete(uid);
    this.#arrange();
  }

  #note(tile: Tile): void {
    this.#changed.add(tile);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      for (const changed of this.#changed) changed.draw();
      this.#changed.clear();
    });
  }

  #onResize(entry: ResizeObserverEntry | undefined): void {
    if (entry === undefined) return;
    const { width, height } = entry.contentRect;
    this.#size = { width, height };
    this.#arrange();
  }

  #arrange(): void {
    const { columns, width, height } = gridShape(this.#tiles.size, this.#size.width, this.#size.height);
    const { style } = this.#list;
    style.setProperty('--columns', String(columns));
    style.setProperty('--tile-width', `${width}px`);
    style.setProperty('--tile-height', `${height}px`);
    style.setProperty('--gap', `${GAP}px`);
    this.#list.dataset.alone = String(this.#call.participants.size === 0);
  }
}
