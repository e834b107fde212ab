import { randomBytes } from 'node:crypto';
import { ALL_PERMISSIONS, type Permissions, RpcError, type RpcErrorName } from '@kraken/protocol';
import type { MediaToControl, OpenPublication } from '../../contract/messages.js';
import { DEFAULT_DESCRIPTION_LIMITS } from '../../sdp/sections.js';
import type { Admission } from '../admission.js';
import { DEFAULT_CAPACITY } from '../capacity.js';
import { ControlPlane, type ControlPlaneOptions } from '../control-plane.js';
import type { OntrackNotice } from '../media-events.js';
import type { JoinOrigin, PeerName } from '../signalling.js';
import { FakeMediaWorker, type HeldSubscription } from './fake-media-worker.js';

/** SHA-256 of nothing in particular, in the form of RFC 8122. */
export const ENGINE_FINGERPRINT = {
  algorithm: 'sha-256',
  value: Array.from({ length: 32 }, (_, octet) => (octet + 16).toString(16).toUpperCase()).join(':'),
};

/** Of a program on the engine's machine, without a token. */
export const LOCAL_ORIGIN: JoinOrigin = { address: null, subject: null };

export interface TestEngineOptions extends Omit<Partial<ControlPlaneOptions>, 'workers'> {
  /** How many. */
  readonly workers?: number;
}

/** A control plane with fake workers, one unless told otherwise, and a clock that is moved by hand. */
export class TestEngine {
  /** The first one. */
  readonly worker: FakeMediaWorker;
  readonly workers: readonly FakeMediaWorker[];
  readonly notices: { readonly url: string; readonly notice: OntrackNotice }[] = [];
  readonly logged: string[] = [];
  /** Milliseconds, monotonic. */
  now = 5_000;
  /** Milliseconds since 1970. */
  date = 1_700_000_000_000;
  /** Whether the engine may take participants that it does not have. */
  admission: Admission = 'everybody';
  /** Whether the engine takes no rooms that it does not have. */
  isDraining = false;
  readonly control: ControlPlane;

  constructor({ workers: count = 1, ...options }: TestEngineOptions = {}) {
    this.workers = Array.from({ length: count }, (_, index) => new FakeMediaWorker(index));
    this.worker = this.workers[0] ?? new FakeMediaWorker();
    this.control = new ControlPlane({
      workers: this.workers,
      spreadRoomAt: 1_000,
      loudest: 'auto',
      capacity: DEFAULT_CAPACITY,
      descriptionLimits: DEFAULT_DESCRIPTION_LIMITS,
      recovery: { retransmission: true, redundancy: true },
      fingerprint: ENGINE_FINGERPRINT,
      generateIceCredentials: () => ({
        ufrag: randomBytes(4).toString('hex'),
        password: randomBytes(16).toString('hex'),
      }),
      notify: (url, notice) => {
        this.notices.push({ url, notice });
        return Promise.resolve(true);
      },
      log: { info: (_fields, message) => this.logged.push(message) },
      now: () => this.now,
      date: () => this.date,
      admits: () => this.admission,
      isDraining: () => this.isDraining,
      ...options,
    });
  }

  publish(
    rid: string,
    uid: string,
    offer: string,
    limit = 0,
    callback: string | null = null,
    slots = 0,
    permissions: Permissions = ALL_PERMISSIONS,
    origin: JoinOrigin = LOCAL_ORIGIN,
  ) {
    const jsep = JSON.stringify({ type: 'offer', sdp: offer });
    const call = { rid, uid, jsep, limit, callback, slots, permissions, origin };
    const { cid, answer } = this.control.publish(call);
    const transportId = Math.max(...this.workers.flatMap(({ open }) => [...open.keys()]));
    return { name: { rid, uid, cid }, answer: answer.sdp, transportId };
  }

  /** A worker, the first one unless told otherwise, tells something. */
  tell(event: MediaToControl, from = 0): void {
    this.control.handleMediaEvent(event, from);
  }

  /** The first packet of that transport's publication arrives. */
  startMedia(transportId: number): void {
    const publication = this.publicationOf(transportId);
    if (publication === undefined) {
      throw new Error(`transport ${transportId} publishes nothing`);
    }
    this.tell({ type: 'publication-started', publicationId: publication.publicationId, transportId });
  }

  /** The worker gives the transport up. */
  loseTransport(transportId: number): void {
    this.workerOf(transportId).drop(transportId);
    const detail = 'silence';
    this.tell({ type: 'transport-closed', transportId, reason: 'connectivity-timeout', detail });
  }

  /** A worker's thread dies and is started again. */
  loseWorker(worker: FakeMediaWorker): void {
    const transports = [...worker.open.keys()];
    worker.isAvailable = false;
    for (const transportId of transports) {
      const detail = 'media worker died';
      this.tell({ type: 'transport-closed', transportId, reason: 'no-resources', detail });
    }
    worker.restart();
  }

  publicationOf(transportId: number): OpenPublication | undefined {
    return this.workers.map((worker) => worker.publicationOf(transportId)).find((found) => found);
  }

  subscriptionsOf(transportId: number): HeldSubscription[] {
    return this.workers.flatMap((worker) => worker.subscriptionsOf(transportId));
  }

  /** @throws Error when no worker has the transport */
  workerOf(transportId: number): FakeMediaWorker {
    const worker = this.workers.find(({ open }) => open.has(transportId));
    if (worker === undefined) throw new Error(`no worker has transport ${transportId}`);
    return worker;
  }

  answer(name: PeerName, sdp: string): void {
    this.control.answer(name, JSON.stringify({ type: 'answer', sdp }));
  }

  restart(name: PeerName, sdp: string): string {
    return this.control.restart(name, JSON.stringify({ type: 'offer', sdp })).sdp;
  }
}

/** @returns the name of the RPC error that the call throws, or null when it throws none */
export function rpcErrorOf(call: () => unknown): RpcErrorName | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof RpcError) {
      return error.name;
    }
    throw error;
  }
}
