import type {
  ControlToMedia,
  LimitRoom,
  MediaAddress,
  OpenPublication,
  OpenRelay,
  OpenSlot,
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
  busy = 0;
  packetsPerSecond = 0;
  isAvailable = true;
  generation = 0;
  readonly messages: ControlToMedia[] = [];
  readonly open = new Map<number, OpenTransport>();
  readonly publications = new Map<number, OpenPublication>();
  /** Those that nobody is to hear. */
  readonly silenced = new Set<number>();
  readonly subscriptions = new Map<number, HeldSubscription>();
  /** Fixed slots, by subscription. */
  readonly slots = new Map<number, OpenSlot>();
  /** What was said last of each room. */
  readonly limits = new Map<number, LimitRoom>();
  /** Publications of other workers that are brought here. */
  readonly relayed = new Set<number>();
  /** By publication: the workers that it is brought to. */
  readonly relays = new Map<number, Set<number>>();
  /** Rings to and from other workers, `to 1`; which one is the newest. */
  readonly links = new Map<string, SharedArrayBuffer>();
  readonly #usedIds = new Set<number>();

  constructor(readonly index = 0) {}

  get transports(): number {
    return this.open.size;
  }

  /** What is sent to a dead thread is lost. */
  send(message: ControlToMedia): void {
    if (!this.isAvailable) return;
    this.messages.push(message.type === 'open-link' ? message : structuredClone(message));
    switch (message.type) {
      case 'open-transport':
        this.#use(message.transportId);
        this.open.set(message.transportId, message);
        break;
      case 'restart-ice':
        expectKnown(this.open, message.transportId);
        break;
      case 'permit-transport':
        this.open.set(message.transportId, {
          ...expectKnown(this.open, message.transportId),
          permissions: message.permissions,
        });
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
        this.silenced.delete(message.publicationId);
        this.relays.delete(message.publicationId);
        break;
      case 'silence-publication':
        expectKnown(this.publications, message.publicationId);
        if (message.silenced) this.silenced.add(message.publicationId);
        else this.silenced.delete(message.publicationId);
        break;
      case 'request-retransmissions':
        expectKnown(this.publications, message.publicationId);
        break;
      case 'open-link':
        this.links.set(`${message.direction} ${message.worker}`, message.ring);
        break;
      case 'open-relay':
        this.#openRelay(message);
        break;
      case 'close-relay':
        expectKnown(this.publications, message.publicationId);
        if (this.relays.get(message.publicationId)?.delete(message.worker) !== true)
          throw new Error(`there is no relay of ${message.publicationId} to ${message.worker}`);
        break;
      case 'open-relayed-publication':
        if (this.relayed.has(message.publicationId))
          throw new Error(`${message.publicationId} is relayed twice`);
        this.relayed.add(message.publicationId);
        break;
      case 'close-relayed-publication':
        if (!this.relayed.delete(message.publicationId))
          throw new Error(`${message.publicationId} is not relayed`);
        break;
      case 'open-subscription':
        this.#openSubscription(message);
        break;
      case 'switch-subscription':
        this.#expectSource(message.publicationId);
        expectKnown(this.subscriptions, message.subscriptionId).publicationId = message.publicationId;
        break;
      case 'close-subscription':
        if (this.slots.delete(message.subscriptionId)) break;
        expectKnown(this.subscriptions, message.subscriptionId);
        this.subscriptions.delete(message.subscriptionId);
        break;
      case 'limit-room':
        this.limits.set(message.roomId, message);
        break;
      case 'open-slot':
        this.#openSlot(message);
        break;
      case 'query-statistics':
      case 'query-participants':
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
        this.silenced.delete(id);
        this.relays.delete(id);
      }
    }
    for (const [id, subscription] of this.subscriptions) {
      if (subscription.transportId === transportId) {
        this.subscriptions.delete(id);
      }
    }
    for (const [id, slot] of this.slots) {
      if (slot.transportId === transportId) this.slots.delete(id);
    }
  }

  publicationOf(transportId: number): OpenPublication | undefined {
    return [...this.publications.values()].find((publication) => publication.transportId === transportId);
  }

  subscriptionsOf(transportId: number): HeldSubscription[] {
    return [...this.subscriptions.values()].filter((held) => held.transportId === transportId);
  }

  /** @returns the fixed slots of that transport, in their order */
  slotsOf(transportId: number): OpenSlot[] {
    const held = [...this.slots.values()].filter((slot) => slot.transportId === transportId);
    return held.sort((one, other) => one.slot - other.slot);
  }

  /** The thread dies, with all that it was told, and another one starts. */
  restart(): void {
    for (const held of [
      this.open,
      this.publications,
      this.silenced,
      this.subscriptions,
      this.slots,
      this.limits,
      this.relayed,
      this.relays,
      this.links,
    ])
      held.clear();
    this.generation++;
    this.isAvailable = true;
  }

  #openRelay({ publicationId, worker }: OpenRelay): void {
    expectKnown(this.publications, publicationId);
    if (!this.links.has(`to ${worker}`)) throw new Error(`there is no link to ${worker}`);
    const relays = this.relays.get(publicationId) ?? new Set();
    if (relays.has(worker)) throw new Error(`${publicationId} is relayed to ${worker} already`);
    this.relays.set(publicationId, relays.add(worker));
  }

  #expectSource(publicationId: number): void {
    if (!this.relayed.has(publicationId)) expectKnown(this.publications, publicationId);
  }

  #openSubscription(message: OpenSubscription): void {
    this.#use(message.subscriptionId);
    expectKnown(this.open, message.transportId);
    this.#expectSource(message.publicationId);
    if (this.subscriptionsOf(message.transportId).some(({ ssrc }) => ssrc === message.ssrc)) {
      throw new Error(`SSRC ${message.ssrc} is used twice on transport ${message.transportId}`);
    }
    this.subscriptions.set(message.subscriptionId, { ...message });
  }

  /** There have to be as many seats by then. */
  #openSlot(message: OpenSlot): void {
    this.#use(message.subscriptionId);
    const { roomId } = expectKnown(this.open, message.transportId);
    if (message.slot >= expectKnown(this.limits, roomId).slots)
      throw new Error(`there is no seat ${message.slot}`);
    if (this.slotsOf(message.transportId).some(({ ssrc }) => ssrc === message.ssrc))
      throw new Error(`SSRC ${message.ssrc} is used twice on transport ${message.transportId}`);
    this.slots.set(message.subscriptionId, message);
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
