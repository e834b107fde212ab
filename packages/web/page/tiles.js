import { hueOf, initialsOf, nameFromUid } from './identity.js';

const SPEAKING_LEVEL = 0.15;
const FAREWELL_MILLISECONDS = 4_000;
const NOTES = { self: 'You', 'self-muted': 'You, muted', listening: 'Listening', left: 'Left' };

/** One participant on screen, with the sound that comes from there. */
class Tile {
  /** What `roster` or the page says about the participant; one of the keys of NOTES or `talking`. */
  state = '';
  farewell = 0;
  #element;
  #audio = null;
  #meter = null;
  #track = null;
  #speaking = false;

  constructor(template, uid, name) {
    this.name = name;
    this.#element = template.content.firstElementChild.cloneNode(true);
    this.#element.style.setProperty('--hue', String(hueOf(uid)));
    this.#element.dataset.uid = uid;
    this.#part('.initials').textContent = initialsOf(name);
    this.#part('.tile-name').textContent = name;
  }

  get element() {
    return this.#element;
  }

  show(state) {
    if (this.state === state) return;
    this.state = state;
    this.#element.dataset.state = state;
    this.#part('.tile-note').textContent = NOTES[state] ?? '';
  }

  /** Plays (unless it is one's own) and measures a track; null stops both. */
  sound(track, loudness, audible) {
    if (this.#track === track) return null;
    this.#meter?.stop();
    this.#audio?.remove();
    this.#track = track;
    this.#meter = track && loudness.meter(track);
    this.#audio = track && audible ? this.#player(track) : null;
    return this.#audio;
  }

  animate() {
    const level =
      this.#meter && this.state !== 'left' && this.state !== 'self-muted' ? this.#meter.measure() : 0;
    this.#element.style.setProperty('--level', level.toFixed(2));
    const speaking = level > SPEAKING_LEVEL;
    if (speaking === this.#speaking) return;
    this.#speaking = speaking;
    this.#element.classList.toggle('speaking', speaking);
  }

  remove() {
    clearTimeout(this.farewell);
    this.sound(null);
    this.#element.remove();
  }

  #player(track) {
    const audio = document.createElement('audio');
    audio.autoplay = true;
    audio.srcObject = new MediaStream([track]);
    this.#element.append(audio);
    return audio;
  }

  #part(selector) {
    return this.#element.querySelector(selector);
  }
}

/** The participants of the room as tiles; one's own comes first. */
export class Tiles {
  #list;
  #template;
  #loudness;
  #tiles = new Map();
  #own = null;
  #frame = 0;
  #announce;
  #onBlocked;

  /**
   * @param {object} options
   * @param {HTMLElement} options.list
   * @param {HTMLTemplateElement} options.template
   * @param {import('./loudness.js').Loudness} options.loudness
   * @param {(text: string) => void} options.announce tells who cannot see the tiles
   * @param {() => void} options.onBlocked called when the browser refuses to play sound
   */
  constructor({ list, template, loudness, announce, onBlocked }) {
    this.#list = list;
    this.#template = template;
    this.#loudness = loudness;
    this.#announce = announce;
    this.#onBlocked = onBlocked;
  }

  /** How many others are in the room. */
  get others() {
    return [...this.#tiles.values()].filter(({ state }) => state !== 'left').length;
  }

  start(uid, name) {
    this.#own = this.#add(uid, name);
    this.#animate();
  }

  showOwn({ microphone, muted }) {
    this.#own.sound(microphone, this.#loudness, false);
    if (!microphone) this.#own.show('listening');
    else this.#own.show(muted ? 'self-muted' : 'self');
  }

  /** @param {import('./call.js').Call['roster']} roster */
  update(roster) {
    const here = new Set(roster.filter(({ present }) => present).map(({ uid }) => uid));
    for (const [uid, tile] of this.#tiles) if (!here.has(uid)) this.#depart(uid, tile);
    for (const { uid, track, present } of roster) if (present) this.#arrive(uid, track);
    this.#list.dataset.count = String(this.#list.childElementCount);
  }

  replay() {
    for (const audio of this.#list.querySelectorAll('audio')) audio.play().catch(() => {});
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    for (const tile of this.#tiles.values()) tile.remove();
    this.#tiles.clear();
    this.#own?.remove();
    this.#own = null;
  }

  #add(uid, name) {
    const tile = new Tile(this.#template, uid, name);
    this.#list.append(tile.element);
    return tile;
  }

  #arrive(uid, track) {
    let tile = this.#tiles.get(uid);
    const returned = !tile || tile.state === 'left';
    if (!tile) {
      tile = this.#add(uid, nameFromUid(uid));
      this.#tiles.set(uid, tile);
    }
    clearTimeout(tile.farewell);
    tile.show(track ? 'talking' : 'listening');
    tile
      .sound(track, this.#loudness, true)
      ?.play()
      .catch((error) => {
        if (error.name === 'NotAllowedError') this.#onBlocked();
      });
    if (returned) this.#announce(`${tile.name} is here`);
  }

  #depart(uid, tile) {
    if (tile.state === 'left') return;
    tile.show('left');
    tile.sound(null);
    this.#announce(`${tile.name} left`);
    tile.farewell = setTimeout(() => {
      this.#tiles.delete(uid);
      tile.remove();
      this.#list.dataset.count = String(this.#list.childElementCount);
    }, FAREWELL_MILLISECONDS);
  }

  #animate() {
    this.#own?.animate();
    for (const tile of this.#tiles.values()) tile.animate();
    this.#frame = requestAnimationFrame(() => this.#animate());
  }
}
