import type { DtlsRole, Fingerprint } from '../../contract/messages.js';
import type { Association, Outcome } from './association.js';
import type { DtlsContext } from './context.js';
import type { DtlsDropReason } from './drop-reason.js';
import { Handshake, type HandshakeStep } from './handshake.js';
import { findDatagramEnd, findRecordEnd, isEncrypted, judgeRecord, type RecordPhase } from './record.js';
import type { SrtpKeys } from './srtp-profile.js';

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

/** What the owner of an association does with it. */
export type DtlsAssociation = Pick<
  DtlsSession,
  'state' | 'hasBegun' | 'start' | 'receive' | 'timeout' | 'handleTimeout' | 'close'
>;

/** Makes the association of one transport. */
export type OpenDtls = (options: DtlsSessionOptions) => DtlsAssociation;

/**
 * One DTLS 1.2 association that yields SRTP keys (RFC 6347, RFC 5764). It has no socket and no timer: the owner
 * brings datagrams in, sends those that come out, and calls `handleTimeout` when `timeout` has passed.
 *
 * OpenSSL does the handshake and is let go behind it, for it takes much memory and has nothing left to do but what an
 * Association does.
 *
 * Datagrams may come only from an address that ICE has validated for this participant. That is why there is no
 * cookie exchange (HelloVerifyRequest, RFC 6347 section 4.2.1): the connectivity check has proved the address.
 *
 * The callbacks may call any method of this session, `close` included.
 */
export class DtlsSession {
  readonly #options: DtlsSessionOptions;
  readonly #context: DtlsContext;
  #state: DtlsState = 'handshaking';
  #phase: RecordPhase;
  /** Until OpenSSL is let go. */
  #handshake: Handshake | null;
  /** From the end of the handshake to the end of the session. */
  #association: Association | null = null;
  /** Our own close_notify is on its way: nothing that comes back matters any more. */
  #closing = false;
  /** How many of this session's methods are on the stack; what OpenSSL holds is freed when the last one returns. */
  #depth = 0;

  /** @throws Error when OpenSSL has no memory, or the context is freed. */
  constructor(context: DtlsContext, options: DtlsSessionOptions) {
    this.#context = context;
    this.#options = options;
    this.#phase = options.role === 'server' ? 'before-client-hello' : 'handshake';
    this.#handshake = new Handshake(context, options.role, options.fingerprints);
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** Whether the handshake is on its way, or over: a server's has not begun before the ClientHello. */
  get hasBegun(): boolean {
    return this.#phase !== 'before-client-hello';
  }

  /** Sends the ClientHello, when we are the client; a server waits for it. */
  start(): void {
    if (this.#options.role === 'server') return;
    this.#run(undefined, () => this.#shakeHands((handshake) => handshake.advance()));
  }

  /**
   * Takes one datagram.
   * @returns why the first of its records that was dropped was dropped, or null when all of them were of use.
   * OpenSSL, which has them until the handshake is over, drops records that are forged or replayed, and does not tell.
   */
  receive(bytes: Uint8Array, offset: number, length: number): DtlsDropReason | null {
    return this.#run<DtlsDropReason | null>('dtls-session-over', () =>
      this.#receiveRecords(bytes, offset, offset + length),
    );
  }

  /** How many ms from now `handleTimeout` has to be called, or null when no flight awaits an answer. */
  timeout(): number | null {
    return this.#run(null, () =>
      this.#state === 'handshaking' && this.#handshake !== null ? this.#handshake.timeout() : null,
    );
  }

  /** Sends the last flight again if its time-out has passed. */
  handleTimeout(): void {
    this.#run(undefined, () => this.#shakeHands((handshake) => handshake.handleTimeout()));
  }

  /** Tells a connected peer by close_notify, and frees what OpenSSL holds. Harmless when the session is over. */
  close(): void {
    this.#run(undefined, () => {
      this.#closing = true;
      if (this.#association !== null) this.#send(this.#association.closeNotify());
      if (!this.#isOver()) this.#state = 'closed';
    });
  }

  #isOver(): boolean {
    return this.#state === 'closed' || this.#state === 'failed';
  }

  /** Runs a method's action, and behind the outermost one lets go what is not needed any longer. */
  #run<Result>(over: Result, action: () => Result): Result {
    if (this.#closing || this.#isOver()) return over;
    this.#depth++;
    try {
      return action();
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#letGo();
    }
  }

  #letGo(): void {
    if (this.#state === 'handshaking') return;
    this.#handshake?.free();
    this.#handshake = null;
    if (!this.#isOver()) return;
    this.#association?.wipe();
    this.#association = null;
  }

  #receiveRecords(bytes: Uint8Array, offset: number, end: number): DtlsDropReason | null {
    let dropped: DtlsDropReason | null = null;
    let start = offset;
    do {
      const recordEnd = findRecordEnd(bytes, start, end);
      if (recordEnd < 0) return dropped ?? 'dtls-truncated';
      const reason = this.#isOver() ? 'dtls-session-over' : this.#receiveRecord(bytes, start, recordEnd);
      dropped ??= reason;
      start = recordEnd;
    } while (start < end);
    return dropped;
  }

  #receiveRecord(bytes: Uint8Array, start: number, end: number): DtlsDropReason | null {
    const reason = judgeRecord(bytes, start, end, this.#phase);
    if (reason !== null) return reason;
    if (this.#association !== null) return this.#follow(this.#association.receive(bytes, start, end));
    this.#shakeHands((handshake) => {
      const step = handshake.receive(bytes.subarray(start, end));
      if (step.kind === 'finished' && isEncrypted(bytes, start)) step.association.note(bytes, start);
      return step;
    });
    return null;
  }

  #shakeHands(take: (handshake: Handshake) => HandshakeStep): void {
    if (this.#state !== 'handshaking' || this.#handshake === null) return;
    const step = take(this.#handshake);
    switch (step.kind) {
      case 'waiting':
        // OpenSSL writes nothing before it has accepted a ClientHello.
        if (step.output.length > 0) this.#phase = 'handshake';
        this.#send(step.output);
        break;
      case 'finished':
        this.#connect(step.association, step.output, step.keys);
        break;
      default:
        this.#finish(step.kind, step.detail, step.output);
    }
  }

  #connect(association: Association, output: Uint8Array, keys: SrtpKeys): void {
    this.#association = association;
    this.#state = 'connected';
    this.#phase = 'connected';
    this.#send(output);
    if (!this.#isOver()) this.#options.onConnected(keys);
  }

  /** Does what became of a record behind the handshake. */
  #follow(outcome: Outcome): DtlsDropReason | null {
    switch (outcome.kind) {
      case 'dropped':
        return outcome.reason;
      case 'answered':
        this.#send(outcome.answer);
        break;
      case 'closed':
        this.#finish('closed', 'the peer sent close_notify', this.#association?.closeNotify() ?? null);
        break;
      case 'refused':
        this.#finish('failed', `the peer sent the fatal alert ${this.#nameOf(outcome.alert)}`, null);
        break;
      case 'failed':
        this.#finish('failed', 'unexpected message', outcome.answer);
        break;
      case 'taken':
        break;
    }
    return null;
  }

  #nameOf(alert: number): string {
    return this.#context.openssl.SSL_alert_desc_string_long(alert);
  }

  /** Ends the session on the peer's account: sends what is left to say, then tells the owner. */
  #finish(state: 'closed' | 'failed', detail: string, output: Uint8Array | null): void {
    if (output !== null) this.#send(output);
    // The owner may have closed the session while it sent; then it need not be told.
    if (this.#isOver()) return;
    this.#state = state;
    this.#options.onClosed(state === 'closed' ? 'dtls-closed' : 'dtls-failed', detail);
  }

  /** Sends whole records in datagrams of theirs. */
  #send(records: Uint8Array): void {
    for (let start = 0; start < records.length && !this.#isOver(); ) {
      const end = findDatagramEnd(records, start, records.length);
      this.#options.send(records, start, end - start);
      start = end;
    }
  }
}
