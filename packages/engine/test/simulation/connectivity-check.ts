import {
  buildMessage,
  controlling,
  priority,
  useCandidate,
  username,
} from '../../src/media/ice/testing/connectivity-checks.js';
import { HmacSha1, MAC_LENGTH } from './sha1.js';

const TRANSACTION_ID = 8;
const TRANSACTION_ID_LENGTH = 12;
const MESSAGE_INTEGRITY = 0x0008;
/** That attribute with its header, which is last. */
const INTEGRITY_LENGTH = 4 + MAC_LENGTH;

/** Connectivity checks under one pair of credentials: all but what differs from one to the next is written once. */
export class ConnectivityChecks {
  readonly #message: Buffer;
  readonly #hmac: HmacSha1;

  /** @param remote the engine's credentials, `ufrag` the participant's own */
  constructor(remote: { readonly ufrag: string; readonly password: string }, ufrag: string) {
    this.#hmac = new HmacSha1(Buffer.from(remote.password));
    const attributes = [
      username(`${remote.ufrag}:${ufrag}`),
      controlling,
      priority(0x6e7f00ff),
      useCandidate,
    ];
    attributes.push({ type: MESSAGE_INTEGRITY, value: Buffer.alloc(MAC_LENGTH) });
    // Without FINGERPRINT, which the engine wants of nobody.
    this.#message = Buffer.from(buildMessage({ attributes, password: null, fingerprint: false }));
  }

  /** @returns a check of its own */
  write(serial: number, number: number): Buffer {
    const message = Buffer.from(this.#message);
    message.fill(0, TRANSACTION_ID, TRANSACTION_ID + TRANSACTION_ID_LENGTH);
    message.writeUInt32BE(serial, TRANSACTION_ID);
    message.writeUInt32BE(number, TRANSACTION_ID + 8);
    const authenticated = message.length - INTEGRITY_LENGTH;
    const mac = this.#hmac.mac(message, authenticated);
    for (let i = 0; i < 5; i++) message.writeInt32BE(mac[i] ?? 0, authenticated + 4 + 4 * i);
    return message;
  }
}

/** @returns the number of the check that this answers, or null when it was another session's */
export function numberOfAnswer(message: Buffer, serial: number): number | null {
  return message.readUInt32BE(TRANSACTION_ID) === serial ? message.readUInt32BE(TRANSACTION_ID + 8) : null;
}
