import type { DtlsRole, Fingerprint } from '../../contract/messages.js';
import { Association } from './association.js';
import type { DtlsContext } from './context.js';
import { matchesFingerprint } from './fingerprint.js';
import { type Handles, openHandles, readPeerCertificate } from './handles.js';
import { type Openssl, readSrtpProfileId, type Ssl } from './openssl.js';
import {
  DTLS_CTRL_GET_TIMEOUT,
  DTLS_CTRL_HANDLE_TIMEOUT,
  SSL_ERROR_WANT_READ,
  SSL_ERROR_WANT_WRITE,
  SSL_ERROR_ZERO_RETURN,
} from './openssl-constants.js';
import { takeErrors } from './openssl-errors.js';
import {
  ALERT_BAD_CERTIFICATE,
  ALERT_HANDSHAKE_FAILURE,
  lastEncryptedRecord,
  nextPlaintextSequenceNumber,
  writeFatalAlert,
} from './record.js';
import type { AssociationSecrets } from './record-keys.js';
import {
  cutKeyingMaterial,
  KEYING_MATERIAL_LABEL,
  KEYING_MATERIAL_LENGTH,
  SRTP_AES128_CM_HMAC_SHA1_80,
  type SrtpKeys,
} from './srtp-profile.js';

const MASTER_SECRET_LENGTH = 48;
const RANDOM_LENGTH = 32;

/** How far a handshake is after a step. What is to be sent comes first: `output` holds whole records. */
export type HandshakeStep =
  | { readonly kind: 'waiting'; readonly output: Uint8Array }
  | {
      readonly kind: 'finished';
      readonly output: Uint8Array;
      readonly keys: SrtpKeys;
      readonly association: Association;
    }
  | {
      readonly kind: 'closed' | 'failed';
      readonly output: Uint8Array;
      /** One line without secrets. */
      readonly detail: string;
    };

interface Refusal {
  readonly alert: number;
  readonly detail: string;
}

/** The handshake of one DTLS 1.2 association, which OpenSSL does. It holds OpenSSL's memory until it is freed. */
export class Handshake {
  readonly #context: DtlsContext;
  readonly #openssl: Openssl;
  readonly #role: DtlsRole;
  readonly #fingerprints: readonly Fingerprint[];
  readonly #handles: Handles;
  #peerAccepted = false;
  #plaintextSequenceNumber = 0;
  /** The last encrypted record that we have written: our Finished. */
  #finished: Uint8Array | null = null;

  /**
   * @param fingerprints those that the peer announced; its certificate has to match one whose algorithm is known
   * @throws Error when OpenSSL has no memory, or the context is freed
   */
  constructor(context: DtlsContext, role: DtlsRole, fingerprints: readonly Fingerprint[]) {
    this.#context = context;
    this.#openssl = context.openssl;
    this.#role = role;
    this.#fingerprints = fingerprints;
    this.#handles = openHandles(context, role);
  }

  /** Gives back what OpenSSL holds; the handshake must not be used again. */
  free(): void {
    this.#context.freeSsl(this.#handles.ssl);
  }

  /**
   * Gives OpenSSL one record, never more: it would drop what follows the first one when a time-out has passed, and a
   * memory BIO does not keep two datagrams apart.
   */
  receive(record: Uint8Array): HandshakeStep {
    if (this.#openssl.BIO_write(this.#handles.input, record, record.length) !== record.length) {
      throw new Error('OpenSSL takes no record: out of memory');
    }
    return this.advance();
  }

  /** Goes on as far as the records received so far allow. */
  advance(): HandshakeStep {
    // Errors that others left in the thread's queue would make SSL_get_error report a failure.
    this.#openssl.ERR_clear_error();
    const result = this.#openssl.SSL_do_handshake(this.#handles.ssl);
    const finished = result === 1;
    const ending = finished ? null : this.#endingOf(result);
    if (ending !== null) return ending;
    const refusal = this.#judgePeer(finished);
    if (refusal !== null) return this.#refuse(refusal);
    return finished ? this.#finish() : { kind: 'waiting', output: this.#takeOutput() };
  }

  /** How many ms from now `handleTimeout` has to be called, or null when no flight awaits an answer. */
  timeout(): number | null {
    // struct timeval: seconds, then microseconds, 8 octets each; on macOS the microseconds have 4 and padding.
    const timeval = Buffer.alloc(16);
    if (this.#openssl.SSL_ctrl(this.#handles.ssl, DTLS_CTRL_GET_TIMEOUT, 0, timeval) !== 1) return null;
    return timeval.readInt32LE(0) * 1000 + Math.ceil(timeval.readInt32LE(8) / 1000);
  }

  /** Writes the last flight again if its time-out has passed. */
  handleTimeout(): HandshakeStep {
    this.#openssl.ERR_clear_error();
    if (this.#openssl.SSL_ctrl(this.#handles.ssl, DTLS_CTRL_HANDLE_TIMEOUT, 0, null) >= 0) {
      return { kind: 'waiting', output: this.#takeOutput() };
    }
    const detail = `no answer: ${takeErrors(this.#openssl)}`;
    return { kind: 'failed', output: this.#takeOutput(), detail };
  }

  /** @returns null when OpenSSL only waits for the next record */
  #endingOf(result: number): HandshakeStep | null {
    const error = this.#openssl.SSL_get_error(this.#handles.ssl, result);
    if (error === SSL_ERROR_WANT_READ || error === SSL_ERROR_WANT_WRITE) return null;
    if (error === SSL_ERROR_ZERO_RETURN) {
      return { kind: 'closed', output: this.#takeOutput(), detail: 'the peer sent close_notify' };
    }
    const detail = takeErrors(this.#openssl);
    return { kind: 'failed', output: this.#takeOutput(), detail };
  }

  /**
   * Judges the peer as soon as its certificate is there, which is before its Finished, and in any case before keys are
   * exported. By then use_srtp has been negotiated or not.
   */
  #judgePeer(finished: boolean): Refusal | null {
    if (this.#peerAccepted) return null;
    const { ssl } = this.#handles;
    const certificate = readPeerCertificate(this.#openssl, ssl);
    if (certificate === null) {
      return finished ? { alert: ALERT_HANDSHAKE_FAILURE, detail: 'the peer has no certificate' } : null;
    }
    const profile = this.#openssl.SSL_get_selected_srtp_profile(ssl);
    if (profile === null || readSrtpProfileId(profile) !== SRTP_AES128_CM_HMAC_SHA1_80) {
      return { alert: ALERT_HANDSHAKE_FAILURE, detail: 'the peer did not negotiate use_srtp' };
    }
    if (!matchesFingerprint(certificate, this.#fingerprints)) {
      return {
        alert: ALERT_BAD_CERTIFICATE,
        detail: "the peer's certificate matches none of its fingerprints",
      };
    }
    this.#peerAccepted = true;
    return null;
  }

  /**
   * Ends the handshake by an alert of our own, in place of what OpenSSL was about to send. The peer has not got our
   * ChangeCipherSpec, so it reads plaintext.
   */
  #refuse({ alert, detail }: Refusal): HandshakeStep {
    this.#takeOutput();
    return { kind: 'failed', output: writeFatalAlert(alert, this.#plaintextSequenceNumber), detail };
  }

  #finish(): HandshakeStep {
    const { ssl } = this.#handles;
    const keys = this.#exportKeys(ssl);
    const output = this.#takeOutput();
    if (this.#finished === null) throw new Error('OpenSSL has finished a handshake without a Finished');
    const association = new Association({
      role: this.#role,
      ...this.#readSecrets(ssl),
      finished: this.#finished,
      plaintextSequenceNumber: this.#plaintextSequenceNumber,
    });
    return { kind: 'finished', output, keys, association };
  }

  #exportKeys(ssl: Ssl): SrtpKeys {
    const material = new Uint8Array(KEYING_MATERIAL_LENGTH);
    const label = KEYING_MATERIAL_LABEL;
    const exported = this.#openssl.SSL_export_keying_material(
      ssl,
      material,
      material.length,
      label,
      label.length,
      null,
      0,
      0,
    );
    if (exported !== 1) throw new Error(`OpenSSL exports no keying material: ${takeErrors(this.#openssl)}`);
    const keys = cutKeyingMaterial(material, this.#role);
    material.fill(0);
    return keys;
  }

  #readSecrets(ssl: Ssl): { readonly secrets: AssociationSecrets; readonly cipherSuite: number } {
    const session = this.#openssl.SSL_get_session(ssl);
    const cipher = this.#openssl.SSL_get_current_cipher(ssl);
    if (session === null || cipher === null) throw new Error('OpenSSL has no session behind a handshake');
    const masterSecret = new Uint8Array(MASTER_SECRET_LENGTH);
    const clientRandom = new Uint8Array(RANDOM_LENGTH);
    const serverRandom = new Uint8Array(RANDOM_LENGTH);
    this.#openssl.SSL_SESSION_get_master_key(session, masterSecret, MASTER_SECRET_LENGTH);
    this.#openssl.SSL_get_client_random(ssl, clientRandom, RANDOM_LENGTH);
    this.#openssl.SSL_get_server_random(ssl, serverRandom, RANDOM_LENGTH);
    return {
      secrets: { masterSecret, clientRandom, serverRandom },
      cipherSuite: this.#openssl.SSL_CIPHER_get_protocol_id(cipher),
    };
  }

  /** Takes the records that OpenSSL wrote. The buffer is new each time: who sends it may come back to this session. */
  #takeOutput(): Uint8Array {
    const { output } = this.#handles;
    const bytes = new Uint8Array(this.#openssl.BIO_ctrl_pending(output));
    if (bytes.length === 0) return bytes;
    if (this.#openssl.BIO_read(output, bytes, bytes.length) !== bytes.length) {
      throw new Error('OpenSSL gives fewer octets than it has');
    }
    this.#plaintextSequenceNumber = nextPlaintextSequenceNumber(bytes, this.#plaintextSequenceNumber);
    this.#finished = lastEncryptedRecord(bytes) ?? this.#finished;
    return bytes;
  }
}
