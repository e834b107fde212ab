import type { DtlsRole, Fingerprint } from '../../contract/messages.js';
import type { DtlsContext } from './context.js';
import type { DtlsDropReason } from './drop-reason.js';
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
  findDatagramEnd,
  findRecordEnd,
  isHandshakeRecord,
  judgeRecord,
  nextPlaintextSequenceNumber,
  type RecordPhase,
  writeFatalAlert,
} from './record.js';
import {
  cutKeyingMaterial,
  KEYING_MATERIAL_LABEL,
  KEYING_MATERIAL_LENGTH,
  SRTP_AES128_CM_HMAC_SHA1_80,
  type SrtpKeys,
} from './srtp-profile.js';

export type DtlsState = 'handshaking' | 'connected' | 'closed' | 'failed';

export interface DtlsSessionOptions {
  /** The role that we play: the client begins. */
  readonly role: DtlsRole;
  /** Those that the peer announced; its certificate has to match one whose algorithm is known. */
  readonly fingerprints: readonly Fingerprint[];
  /** Sends one datagram of at most 1200 octets. The bytes are valid during the call only. */
  send(bytes: Uint8Array, offset: number, length: number): void;
  /** Called once, when the handshake is over and the peer is who it said it is. */
  onConnected(keys: SrtpKeys): void;
  /** Called once, unless `close` came first. `detail` is one line without secrets. */
  onClosed(reason: 'dtls-closed' | 'dtls-failed', detail: string): void;
}

interface Refusal {
  readonly alert: number;
  readonly detail: string;
}

/** How often a server sends its last flight again, because the client has not got it. */
const MAXIMUM_ANSWERED_RETRANSMISSIONS = 10;

/** SSL_read wants a place for application data, of which none comes this far. */
const NO_DATA = new Uint8Array(1);

/**
 * One DTLS 1.2 association that yields SRTP keys (RFC 6347, RFC 5764). It has no socket and no timer: the owner
 * brings datagrams in, sends those that come out, and calls `handleTimeout` when `timeout` has passed.
 *
 * Datagrams may come only from an address that ICE has validated for this participant. That is why there is no
 * cookie exchange (HelloVerifyRequest, RFC 6347 section 4.2.1): the connectivity check has proved the address.
 *
 * The callbacks may call any method of this session, `close` included.
 */
export class DtlsSession {
  readonly #context: DtlsContext;
  readonly #openssl: Openssl;
  readonly #options: DtlsSessionOptions;
  #handles: Handles | null;
  #state: DtlsState = 'handshaking';
  #phase: RecordPhase;
  /** Our own close_notify is on its way: nothing that comes back matters any more. */
  #closing = false;
  #peerAccepted = false;
  #answeredRetransmissions = 0;
  #plaintextSequenceNumber = 0;
  /** How many of this session's methods are on the stack; what OpenSSL holds is freed when the last one returns. */
  #depth = 0;

  /** @throws Error when OpenSSL has no memory, or the context is freed. */
  constructor(context: DtlsContext, options: DtlsSessionOptions) {
    this.#context = context;
    this.#openssl = context.openssl;
    this.#options = options;
    this.#phase = options.role === 'server' ? 'before-client-hello' : 'handshake';
    this.#handles = openHandles(context, options.role);
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** Sends the ClientHello, when we are the client; a server waits for it. */
  start(): void {
    if (this.#options.role === 'server') return;
    this.#run(undefined, (handles) => this.#advance(handles));
  }

  /**
   * Takes one datagram.
   * @returns why the first of its records that was dropped was dropped, or null when OpenSSL had all of them.
   * OpenSSL in turn drops records that are forged or replayed, and does not tell.
   */
  receive(bytes: Uint8Array, offset: number, length: number): DtlsDropReason | null {
    return this.#run<DtlsDropReason | null>('dtls-session-over', (handles) =>
      this.#receiveRecords(handles, bytes, offset, offset + length),
    );
  }

  /** How many ms from now `handleTimeout` has to be called, or null when no flight awaits an answer. */
  timeout(): number | null {
    return this.#run(null, ({ ssl }) => {
      if (this.#state !== 'handshaking') return null;
      // struct timeval: seconds, then microseconds, 8 octets each; on macOS the microseconds have 4 and padding.
      const timeval = Buffer.alloc(16);
      if (this.#openssl.SSL_ctrl(ssl, DTLS_CTRL_GET_TIMEOUT, 0, timeval) !== 1) return null;
      return timeval.readInt32LE(0) * 1000 + Math.ceil(timeval.readInt32LE(8) / 1000);
    });
  }

  /** Sends the last flight again if its time-out has passed. */
  handleTimeout(): void {
    this.#run(undefined, (handles) => {
      if (this.#state !== 'handshaking') return;
      this.#openssl.ERR_clear_error();
      if (this.#openssl.SSL_ctrl(handles.ssl, DTLS_CTRL_HANDLE_TIMEOUT, 0, null) < 0) {
        this.#finish(handles, 'failed', `no answer: ${takeErrors(this.#openssl)}`);
      } else {
        this.#flush(handles);
      }
    });
  }

  /** Tells a connected peer by close_notify, and frees what OpenSSL holds. Harmless when the session is over. */
  close(): void {
    this.#run(undefined, (handles) => {
      this.#closing = true;
      if (this.#state === 'connected') this.#sendCloseNotify(handles);
      if (!this.#isOver()) this.#state = 'closed';
    });
  }

  #isOver(): boolean {
    return this.#state === 'closed' || this.#state === 'failed';
  }

  /** Runs a method's action, and frees the handles behind the outermost one when the session is over. */
  #run<Result>(over: Result, action: (handles: Handles) => Result): Result {
    const handles = this.#handles;
    if (handles === null || this.#closing || this.#isOver()) return over;
    this.#depth++;
    try {
      return action(handles);
    } finally {
      this.#depth--;
      if (this.#depth === 0 && this.#isOver()) {
        this.#handles = null;
        this.#context.freeSsl(handles.ssl);
      }
    }
  }

  #receiveRecords(handles: Handles, bytes: Uint8Array, offset: number, end: number): DtlsDropReason | null {
    let dropped: DtlsDropReason | null = null;
    let start = offset;
    do {
      const recordEnd = findRecordEnd(bytes, start, end);
      if (recordEnd < 0) return dropped ?? 'dtls-truncated';
      const reason = this.#isOver()
        ? 'dtls-session-over'
        : this.#receiveRecord(handles, bytes, start, recordEnd);
      dropped ??= reason;
      start = recordEnd;
    } while (start < end);
    return dropped;
  }

  /**
   * Gives OpenSSL one record, never more: it would drop what follows the first one when a time-out has passed, and a
   * memory BIO does not keep two datagrams apart.
   */
  #receiveRecord(handles: Handles, bytes: Uint8Array, start: number, end: number): DtlsDropReason | null {
    const reason = judgeRecord(bytes, start, end, this.#phase) ?? this.#judgeLateHandshake(bytes, start);
    if (reason !== null) return reason;
    const record = bytes.subarray(start, end);
    if (this.#openssl.BIO_write(handles.input, record, record.length) !== record.length) {
      throw new Error('OpenSSL takes no record: out of memory');
    }
    this.#advance(handles);
    return null;
  }

  /**
   * A client that has not got our last flight sends its own again, and the Finished in it makes OpenSSL answer
   * (RFC 6347 section 4.2.4). A client itself owes no answer. In both roles OpenSSL ends the connection at the
   * thirteenth Finished, so it does not get that many. The other use of handshake messages, renegotiation, is refused.
   */
  #judgeLateHandshake(bytes: Uint8Array, start: number): DtlsDropReason | null {
    if (this.#state !== 'connected' || !isHandshakeRecord(bytes, start)) return null;
    const answered =
      this.#options.role === 'server' && this.#answeredRetransmissions < MAXIMUM_ANSWERED_RETRANSMISSIONS;
    return answered ? null : 'dtls-late-handshake';
  }

  #advance(handles: Handles): void {
    if (this.#state === 'handshaking') this.#shakeHands(handles);
    if (this.#state === 'connected') this.#read(handles);
  }

  #shakeHands(handles: Handles): void {
    // Errors that others left in the thread's queue would make SSL_get_error report a failure.
    this.#openssl.ERR_clear_error();
    const result = this.#openssl.SSL_do_handshake(handles.ssl);
    const finished = result === 1;
    if (!finished && !this.#wantsMore(handles, result)) return;
    const refusal = this.#judgePeer(handles.ssl, finished);
    if (refusal !== null) this.#refuse(handles, refusal);
    else if (finished) this.#connect(handles);
    else {
      // OpenSSL writes nothing before it has accepted a ClientHello.
      if (this.#openssl.BIO_ctrl_pending(handles.output) > 0) this.#phase = 'handshake';
      this.#flush(handles);
    }
  }

  #connect(handles: Handles): void {
    const keys = this.#exportKeys(handles.ssl);
    this.#state = 'connected';
    this.#phase = 'connected';
    this.#flush(handles);
    if (!this.#isOver()) this.#options.onConnected(keys);
  }

  /** Whether OpenSSL only waits for the next record. If not, the session ends here. */
  #wantsMore(handles: Handles, result: number): boolean {
    const error = this.#openssl.SSL_get_error(handles.ssl, result);
    if (error === SSL_ERROR_WANT_READ || error === SSL_ERROR_WANT_WRITE) return true;
    if (error === SSL_ERROR_ZERO_RETURN) this.#finish(handles, 'closed', 'the peer sent close_notify');
    else this.#finish(handles, 'failed', takeErrors(this.#openssl));
    return false;
  }

  /**
   * Judges the peer as soon as its certificate is there, which is before its Finished, and in any case before keys are
   * exported. By then use_srtp has been negotiated or not.
   */
  #judgePeer(ssl: Ssl, finished: boolean): Refusal | null {
    if (this.#peerAccepted) return null;
    const certificate = readPeerCertificate(this.#openssl, ssl);
    if (certificate === null) {
      return finished ? { alert: ALERT_HANDSHAKE_FAILURE, detail: 'the peer has no certificate' } : null;
    }
    const profile = this.#openssl.SSL_get_selected_srtp_profile(ssl);
    if (profile === null || readSrtpProfileId(profile) !== SRTP_AES128_CM_HMAC_SHA1_80) {
      return { alert: ALERT_HANDSHAKE_FAILURE, detail: 'the peer did not negotiate use_srtp' };
    }
    if (!matchesFingerprint(certificate, this.#options.fingerprints)) {
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
  #refuse(handles: Handles, { alert, detail }: Refusal): void {
    this.#takeOutput(handles);
    const record = writeFatalAlert(alert, this.#plaintextSequenceNumber);
    this.#options.send(record, 0, record.length);
    this.#finish(handles, 'failed', detail);
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
    const keys = cutKeyingMaterial(material, this.#options.role);
    material.fill(0);
    return keys;
  }

  /** Lets OpenSSL handle what arrived on a connected session: alerts, and the peer's last flight once more. */
  #read(handles: Handles): void {
    this.#openssl.ERR_clear_error();
    const result = this.#openssl.SSL_read(handles.ssl, NO_DATA, NO_DATA.length);
    if (result > 0) throw new Error('OpenSSL was given application data');
    if (this.#wantsMore(handles, result) && this.#openssl.BIO_ctrl_pending(handles.output) > 0) {
      this.#answeredRetransmissions++;
      this.#flush(handles);
    }
  }

  #sendCloseNotify(handles: Handles): void {
    this.#openssl.ERR_clear_error();
    this.#openssl.SSL_shutdown(handles.ssl);
    this.#openssl.ERR_clear_error();
    this.#flush(handles);
  }

  /** Ends the session on the peer's account: sends the alert that OpenSSL may have written, then tells the owner. */
  #finish(handles: Handles, state: 'closed' | 'failed', detail: string): void {
    if (state === 'closed' && this.#state === 'connected') this.#sendCloseNotify(handles);
    else this.#flush(handles);
    // The owner may have closed the session while it sent; then it need not be told.
    if (this.#isOver()) return;
    this.#state = state;
    this.#options.onClosed(state === 'closed' ? 'dtls-closed' : 'dtls-failed', detail);
  }

  #flush(handles: Handles): void {
    const bytes = this.#takeOutput(handles);
    for (let start = 0; start < bytes.length && !this.#isOver(); ) {
      const end = findDatagramEnd(bytes, start, bytes.length);
      this.#options.send(bytes, start, end - start);
      start = end;
    }
  }

  /** Takes the records that OpenSSL wrote. The buffer is new each time: `send` may come back to this session. */
  #takeOutput(handles: Handles): Uint8Array {
    const bytes = new Uint8Array(this.#openssl.BIO_ctrl_pending(handles.output));
    if (bytes.length === 0) return bytes;
    if (this.#openssl.BIO_read(handles.output, bytes, bytes.length) !== bytes.length) {
      throw new Error('OpenSSL gives fewer octets than it has');
    }
    this.#plaintextSequenceNumber = nextPlaintextSequenceNumber(bytes, this.#plaintextSequenceNumber);
    return bytes;
  }
}
