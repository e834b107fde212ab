import type { DtlsRole, Fingerprint } from '../../../contract/messages.js';
import type { DtlsContext } from '../context.js';
import { DtlsSession } from '../session.js';
import { RawPeer, type RawPeerOptions } from './raw-peer.js';
import { epochOf, splitRecords, typeOf } from './records.js';

const ALERT = 21;

export interface EncounterOptions extends RawPeerOptions {
  readonly context: DtlsContext;
  readonly peerRole: DtlsRole;
  /** What the session is told of the peer. */
  readonly fingerprints: readonly Fingerprint[];
}

/** A session that meets a raw peer; the handshake goes as far as it goes on construction. */
export class Encounter {
  readonly session: DtlsSession;
  readonly peer: RawPeer;
  readonly closed: string[] = [];
  /** Descriptions of the plaintext alerts that the session sent. */
  readonly alerts: number[] = [];
  connected = 0;
  readonly #sent: Uint8Array[] = [];

  constructor({ context, peerRole, fingerprints, ...peerOptions }: EncounterOptions) {
    this.session = new DtlsSession(context, {
      role: peerRole === 'client' ? 'server' : 'client',
      fingerprints,
      send: (bytes, offset, length) => this.#sent.push(bytes.slice(offset, offset + length)),
      onConnected: () => {
        this.connected++;
      },
      onClosed: (reason, detail) => this.closed.push(`${reason}: ${detail}`),
    });
    this.peer = new RawPeer(peerRole, peerOptions);
    this.session.start();
    this.#converse(peerRole === 'client' ? this.peer.exchange(new Uint8Array(0)) : new Uint8Array(0));
  }

  /** Brings the peer's records to the session, its answers to the peer, and so on until both are silent. */
  #converse(records: Uint8Array): void {
    let pending = records;
    do {
      const answers = this.answersTo(pending);
      for (const record of answers) {
        if (typeOf(record) === ALERT && epochOf(record) === 0) this.alerts.push(record[14] ?? -1);
      }
      pending = new Uint8Array(Buffer.concat(answers.map((record) => this.peer.exchange(record))));
    } while (pending.length > 0);
  }

  /** Brings the peer's records to the session, and returns the records that it answers. */
  answersTo(records: Uint8Array): Uint8Array[] {
    for (const record of splitRecords(records)) this.session.receive(record, 0, record.length);
    return this.#sent.splice(0).flatMap(splitRecords);
  }

  end(): void {
    this.session.close();
    this.peer.free();
  }
}
