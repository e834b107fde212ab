import type {
  ControlToMedia,
  MediaAddress,
  OpenPublication,
  OpenSubscription,
  OpenTransport,
} from '../../contract/messages.js';
import type { MediaWorkerPort } from '../media-worker-port.js';

const ADDRESSES: readonly MediaAddress[] = [
  { transport: 'udp', family: 'IPv4', address: '192.0.2.1', port: 40000 },
  { transport: 'udp', family: 'IPv6', address: '2001:db8::1', port: 40000 },
  { transport: 'tcp', family: 'IPv4', address: '192.0.2.1', port: 40000 },
];

/** A subscription as the worker holds it: `publicationId` is what feeds it now. */
export type HeldSubscription = OpenSubscription & { publicationId: number };

/**
 * Stands in for a media worker: keeps what the control plane opens, and throws at every message that names what
 * is not there. A subscription lives until it is closed or its subscriber's transport is; when what feeds it
 * ends, it falls silent and can be fed from another publication.
 */
export class FakeMediaWorker implements MediaWorkerPort {
  readonly addresses = ADDRESSES;
  readonly messages: ControlToMedia[] = [];
  readonly open = new Map<number, OpenTransport>();
  readonly publications = new Map<number, OpenPublication>();
  readonly subscriptions = new Map<number, HeldSubscription>();
  readonly #usedIds = new Set<number>();

  get transports(): number {
    return this.open.size;
  }

  send(message: ControlToMedia): void {
    this.messages.push(structuredClone(message));
    switch (message.type) {
      case 'open-transport':
        this.#use(message.transportId);
        this.open.set(message.transportId, message);
        break;
      case 'restart-ice':
        expectKnown(this.open, message.transportId);
        break;
      case 'close-transport':
        expectKnown(this.open, message.transportId);
        this.drop(message.transportId);
        break;
      case 'open-publication':
        this.#use(message.publicationId);
        expectKnown(this.open, message.transportId);
        this.publications.set(message.publicationId, message);
        break;
      case 'close-publication':
        expectKnown(this.publications, message.publicationId);
        this.publications.delete(message.publicationId);
        break;
      case 'open-subscription':
        this.#openSubscription(message);
        break;
      case 'switch-subscription':
        expectKnown(this.publications, message.publicationId);
        expectKnown(this.subscriptions, message.subscriptionId).publicationId = message.publicationId;
        break;
      case 'close-subscription':
        expectKnown(this.subscriptions, message.subscriptionId);
        this.subscriptions.delete(message.subscriptionId);
        break;
      case 'query-statistics':
      case 'stop':
        throw new Error(`the control plane sent ${message.type}`);
    }
  }

  /** What becomes of a transport that closes, from either side. */
  drop(transportId: number): void {
    this.open.delete(transportId);
    for (const [id, publication] of this.publications) {
      if (publication.transportId === transportId) {
        this.publications.delete(id);
      }
    }
    for (const [id, subscription] of this.subscriptions) {
      if (subscription.transportId === transportId) {
        this.subscriptions.delete(id);
      }
    }
  }

  publicationOf(transportId: number): OpenPublication | undefined {
    return [...this.publications.values()].find((publication) => publication.transportId === transportId);
  }

  subscriptionsOf(transportId: number): HeldSubscription[] {
    return [...this.subscriptions.values()].filter((held) => held.transportId === transportId);
  }

  #openSubscription(message: OpenSubscription): void {
    this.#use(message.subscriptionId);
    expectKnown(this.open, message.transportId);
    expectKnown(this.publications, message.publicationId);
    if (this.subscriptionsOf(message.transportId).some(({ ssrc }) => ssrc === message.ssrc)) {
      throw new Error(`SSRC ${message.ssrc} is used twice on transport ${message.transportId}`);
    }
    this.subscriptions.set(message.subscriptionId, { ...message });
  }

  #use(id: number): void {
    if (this.#usedIds.has(id)) {
      throw new Error(`id ${id} is used again`);
    }
    this.#usedIds.add(id);
  }
}

function expectKnown<T>(known: ReadonlyMap<number, T>, id: number): T {
  const value = known.get(id);
  if (value === undefined) {
    throw new Error(`the worker does not know ${id}`);
  }
  return value;
}
