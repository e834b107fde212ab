/** The octets of one live socket, both ways between a client and its engine; each waits for the other to read. */
import type { Duplex } from 'node:stream';
import { LIVE_CLOSE } from '@kraken/protocol';
import type { EngineUpgrade } from './engine-upgrade.js';
import { closeFrame, FrameBoundaries } from './frame-boundaries.js';

/** How long one side may take to end after the other, ms. */
export const END_TIMEOUT = 1_000;

export class LivePassage {
  /** Settles when both sides have ended. */
  readonly closed: Promise<void>;
  readonly #client: Duplex;
  readonly #engine: Duplex;
  readonly #boundaries = new FrameBoundaries();

  /**
   * @param client whose upgrade the engine has taken
   * @param first what came behind the client's request
   */
  constructor(client: Duplex, first: Buffer, upgrade: EngineUpgrade) {
    this.#client = client;
    this.#engine = upgrade.socket;
    this.closed = Promise.all([endOf(client), endOf(this.#engine)]).then(() => {});
    this.#engine.on('error', () => this.#engine.destroy());
    client.once('close', () => endSoon(this.#engine));
    this.#engine.once('close', () => endSoon(client));
    if (upgrade.head !== '') client.write(upgrade.head);
    // Before anybody listens: who listens first would be the only one to hear it.
    if (upgrade.first.length > 0) this.#engine.unshift(upgrade.first);
    if (first.length > 0) client.unshift(first);
    this.#engine.on('data', (piece: Buffer) => this.#boundaries.pass(piece));
    this.#engine.pipe(client);
    client.pipe(this.#engine);
  }

  /** The monitor ends: the client is told so if it is not in the middle of a frame. */
  end(): void {
    this.#engine.unpipe(this.#client);
    this.#client.unpipe(this.#engine);
    this.#engine.destroy();
    if (this.#boundaries.isBetweenFrames) {
      this.#client.write(closeFrame(LIVE_CLOSE.GOING_AWAY, 'the monitor ends'));
    }
    this.#client.resume();
    endSoon(this.#client);
  }

  /** The engine is no more, whatever its socket says. */
  breakOff(): void {
    this.#client.destroy();
    this.#engine.destroy();
  }
}

/** What has come from the other side still gets out; who does not end then is broken off. */
function endSoon(socket: Duplex): void {
  if (socket.closed) return;
  socket.end();
  const timer = setTimeout(() => socket.destroy(), END_TIMEOUT);
  socket.once('close', () => clearTimeout(timer));
}

function endOf(socket: Duplex): Promise<void> {
  return new Promise((fulfil) => {
    if (socket.closed) fulfil();
    else socket.once('close', () => fulfil());
  });
}
