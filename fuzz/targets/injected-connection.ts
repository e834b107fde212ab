import { Duplex } from 'node:stream';

/** A connection without a network, of which one end is a program's and the other a test's. */
export class InjectedConnection extends Duplex {
  readonly #said: Buffer[] = [];
  /** Fulfilled when the program has closed its end. */
  readonly gone: Promise<void>;

  /** @param remoteAddress of the test's end, as the system writes it; undefined when it is gone already */
  constructor(readonly remoteAddress?: string) {
    super({ allowHalfOpen: true });
    this.gone = new Promise((fulfil) => {
      this.once('close', fulfil);
    });
  }

  /** What the program has sent. */
  get said(): Buffer {
    return Buffer.concat(this.#said);
  }

  /** Something comes from the test's end. */
  receive(octets: Uint8Array): void {
    this.push(octets);
  }

  /** The test's end says nothing more. */
  receiveEnd(): void {
    this.push(null);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#said.push(chunk);
    done();
  }

  /** The program has said all: it waits for nothing more. */
  override _final(done: () => void): void {
    done();
    this.destroy();
  }
}
