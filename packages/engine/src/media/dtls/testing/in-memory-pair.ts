import type { DtlsRole, Fingerprint } from '../../../contract/messages.js';
import { type GeneratedCertificate, generateCertificate } from '../certificate.js';
import { DtlsContext, type DtlsContextOptions } from '../context.js';
import type { DtlsDropReason } from '../drop-reason.js';
import { DtlsSession } from '../session.js';
import type { SrtpKeys } from '../srtp-profile.js';

export interface Datagram {
  readonly to: DtlsRole;
  readonly bytes: Uint8Array;
}

/** Whatever becomes of a datagram on its way: itself, nothing, several. */
export type Path = (datagram: Datagram, index: number) => readonly Uint8Array[];

/** One session with what it told its owner. */
export interface Endpoint {
  readonly session: DtlsSession;
  readonly keys: SrtpKeys[];
  readonly closed: { readonly reason: string; readonly detail: string }[];
}

export interface PairOptions {
  readonly serverContext: DtlsContext;
  readonly clientContext: DtlsContext;
  readonly serverCertificate: GeneratedCertificate;
  readonly clientCertificate: GeneratedCertificate;
  /** What the server is told of the client's certificate. */
  readonly clientFingerprints: readonly Fingerprint[];
  /** What the client is told of the server's certificate. */
  readonly serverFingerprints: readonly Fingerprint[];
}

/** Makes contexts with certificates of their own, that pairs can share. */
export async function preparePairs(options: DtlsContextOptions = {}): Promise<PairOptions> {
  const serverCertificate = await generateCertificate();
  const clientCertificate = await generateCertificate();
  return {
    serverContext: new DtlsContext(serverCertificate, options),
    clientContext: new DtlsContext(clientCertificate, options),
    serverCertificate,
    clientCertificate,
    clientFingerprints: [clientCertificate.fingerprint],
    serverFingerprints: [serverCertificate.fingerprint],
  };
}

/** A server and a client whose datagrams wait in `queue` until they are delivered. */
export class InMemoryPair {
  readonly queue: Datagram[] = [];
  readonly server: Endpoint;
  readonly client: Endpoint;
  #delivered = 0;

  constructor(options: PairOptions) {
    this.server = this.#open('server', options.serverContext, options.clientFingerprints);
    this.client = this.#open('client', options.clientContext, options.serverFingerprints);
  }

  #open(role: DtlsRole, context: DtlsContext, fingerprints: readonly Fingerprint[]): Endpoint {
    const keys: SrtpKeys[] = [];
    const closed: { reason: string; detail: string }[] = [];
    const session = new DtlsSession(context, {
      role,
      fingerprints,
      send: (bytes, offset, length) => {
        const to = role === 'server' ? 'client' : 'server';
        this.queue.push({ to, bytes: bytes.slice(offset, offset + length) });
      },
      onConnected: (connected) => keys.push(connected),
      onClosed: (reason, detail) => closed.push({ reason, detail }),
    });
    return { session, keys, closed };
  }

  endpoint(role: DtlsRole): Endpoint {
    return role === 'server' ? this.server : this.client;
  }

  /** Delivers until nothing is under way. */
  pump(path: Path = ({ bytes }) => [bytes]): this {
    for (let datagram = this.queue.shift(); datagram !== undefined; datagram = this.queue.shift()) {
      for (const bytes of path(datagram, this.#delivered++)) this.deliver(datagram.to, bytes);
    }
    return this;
  }

  deliver(to: DtlsRole, bytes: Uint8Array): DtlsDropReason | null {
    return this.endpoint(to).session.receive(bytes, 0, bytes.length);
  }

  /** Takes the next datagram away, undelivered. */
  take(): Uint8Array {
    const datagram = this.queue.shift();
    if (datagram === undefined) throw new Error('nothing is under way');
    return datagram.bytes;
  }

  connect(): this {
    this.client.session.start();
    return this.pump();
  }

  states(): string {
    return `${this.server.session.state}/${this.client.session.state}`;
  }

  close(): void {
    this.client.session.close();
    this.server.session.close();
  }
}
