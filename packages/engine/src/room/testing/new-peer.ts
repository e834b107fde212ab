import { Peer, type PeerOptions } from '../peer.js';
import { FakeMediaWorker } from './fake-media-worker.js';

/** Makes a participant without a control plane, in whose place nobody is told of it. */
export function newPeer(options: Partial<PeerOptions> = {}): Peer {
  return new Peer({
    rid: 'room',
    uid: 'alice',
    cid: '1',
    worker: options.worker ?? new FakeMediaWorker(),
    transportId: 1,
    callback: null,
    credentials: { ufrag: 'u', password: 'p' },
    remote: { ufrag: 'u', password: 'p', fingerprints: [], setup: 'actpass' },
    dtlsRole: 'server',
    joinedAt: 0,
    wantedSlots: 0,
    permissions: { publish: true, subscribe: true },
    origin: { address: null, subject: null },
    ...options,
  });
}
