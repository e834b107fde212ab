import type { DtlsRole } from '../../contract/messages.js';
import type { DtlsDropReason } from './drop-reason.js';
import {
  ALERT,
  ALERT_CLOSE_NOTIFY,
  ALERT_LEVEL_FATAL,
  ALERT_LEVEL_WARNING,
  ALERT_NO_RENEGOTIATION,
  ALERT_UNEXPECTED_MESSAGE,
  CHANGE_CIPHER_SPEC,
  CLIENT_HELLO,
  FINISHED,
  HANDSHAKE,
  HANDSHAKE_HEADER_LENGTH,
  readSequenceNumber,
  writePlaintextRecord,
} from './record.js';
import { RecordCipher } from './record-cipher.js';
import { type AssociationSecrets, deriveRecordKeys } from './record-keys.js';

/** How often a server answers handshake messages behind the handshake: its last flight may be lost, but not for ever. */
const MAXIMUM_ANSWERED_HANDSHAKES = 10;

/** What a handshake leaves behind. */
export interface Handover {
  readonly role: DtlsRole;
  /** Owned, and in the end wiped, by the association. */
  readonly secrets: AssociationSecrets;
  /** Its two octets as a number. */
  readonly cipherSuite: number;
  /** The last record of epoch 1 that was written: our Finished. */
  readonly finished: Uint8Array;
  /** Of the next record of epoch 0. */
  readonly plaintextSequenceNumber: number;
}

/** What becomes of a record of the peer. */
export type Outcome =
  | { readonly kind: 'dropped'; readonly reason: DtlsDropReason }
  /** Taken; there is nothing to say. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'answered'; readonly answer: Uint8Array }
  /** The peer has said goodbye. */
  | { readonly kind: 'closed' }
  /** The peer has sent that fatal alert. */
  | { readonly kind: 'refused'; readonly alert: number }
  /** The peer has sent what it must not, which the answer tells it. */
  | { readonly kind: 'failed'; readonly answer: Uint8Array };

const TAKEN: Outcome = { kind: 'taken' };

/**
 * A DTLS association whose handshake is over. SRTP has its keys by then, and all that is left to do is to send the
 * last flight again for a client that has not got it (RFC 6347 section 4.2.4), and alerts both ways. This takes some
 * hundred octets, where OpenSSL's state takes more than 70,000 for as long as it is kept.
 */
export class Association {
  readonly #handover: Handover;
  /** Made when it is needed first, which for most associations is the goodbye: that spares the handshake the time. */
  #cipher: RecordCipher | null = null;
  #plaintextSequenceNumber: number;
  /** Of the encrypted records that the handshake has taken. */
  #highestSequenceNumber = -1;
  #answeredHandshakes = 0;

  constructor(handover: Handover) {
    this.#handover = handover;
    this.#plaintextSequenceNumber = handover.plaintextSequenceNumber;
  }

  /** Notes the encrypted record that has ended the handshake, so that a copy of it is known as one. */
  note(bytes: Uint8Array, start: number): void {
    this.#highestSequenceNumber = readSequenceNumber(bytes, start);
  }

  /** @param bytes with a record that judgeRecord() takes in the phase `connected` */
  receive(bytes: Uint8Array, start: number, end: number): Outcome {
    const type = bytes[start];
    const isAnswerable =
      this.#handover.role === 'server' && this.#answeredHandshakes < MAXIMUM_ANSWERED_HANDSHAKES;
    if (type === CHANGE_CIPHER_SPEC || (type === HANDSHAKE && !isAnswerable)) {
      return { kind: 'dropped', reason: 'dtls-late-handshake' };
    }
    const content = this.#records().open(bytes, start, end);
    if (typeof content === 'string') return { kind: 'dropped', reason: content };
    return type === ALERT ? receiveAlert(content) : this.#receiveHandshake(content);
  }

  /** @returns the datagram that tells the peer that it is over */
  closeNotify(): Uint8Array {
    return this.#alert(ALERT_LEVEL_WARNING, ALERT_CLOSE_NOTIFY);
  }

  /** Wipes the keys; the association must not be used again. */
  wipe(): void {
    this.#handover.secrets.masterSecret.fill(0);
    this.#cipher?.wipe();
  }

  #records(): RecordCipher {
    if (this.#cipher === null) {
      const { secrets, cipherSuite, role, finished } = this.#handover;
      const keys = deriveRecordKeys(secrets, cipherSuite, role);
      this.#cipher = new RecordCipher(keys, finished, this.#highestSequenceNumber);
      secrets.masterSecret.fill(0);
    }
    return this.#cipher;
  }

  #receiveHandshake(content: Uint8Array): Outcome {
    if (content.length < HANDSHAKE_HEADER_LENGTH) return this.#fail();
    this.#answeredHandshakes++;
    switch (content[0]) {
      case FINISHED:
        return { kind: 'answered', answer: this.#lastFlight() };
      case CLIENT_HELLO:
        // RFC 5746 section 4.5: who does not renegotiate says so, and the association goes on.
        return { kind: 'answered', answer: this.#alert(ALERT_LEVEL_WARNING, ALERT_NO_RENEGOTIATION) };
      default:
        return this.#fail();
    }
  }

  /** ChangeCipherSpec and Finished, each under a new sequence number: RFC 6347 section 4.2.4. */
  #lastFlight(): Uint8Array {
    const sequenceNumber = this.#plaintextSequenceNumber++;
    const changeCipherSpec = writePlaintextRecord(CHANGE_CIPHER_SPEC, sequenceNumber, Uint8Array.of(1));
    const message = this.#records().openOwn(this.#handover.finished);
    return Buffer.concat([changeCipherSpec, this.#records().seal(HANDSHAKE, message)]);
  }

  #fail(): Outcome {
    return { kind: 'failed', answer: this.#alert(ALERT_LEVEL_FATAL, ALERT_UNEXPECTED_MESSAGE) };
  }

  #alert(level: number, description: number): Uint8Array {
    return this.#records().seal(ALERT, Uint8Array.of(level, description));
  }
}

/** RFC 5246 section 7.2: close_notify ends the association at any level, all other warnings can be passed over. */
function receiveAlert(content: Uint8Array): Outcome {
  const [level, description] = content;
  if (description === ALERT_CLOSE_NOTIFY) return { kind: 'closed' };
  if (level === ALERT_LEVEL_FATAL) return { kind: 'refused', alert: description ?? 0 };
  return TAKEN;
}
