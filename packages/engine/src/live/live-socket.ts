/** One live socket: calls in, answers and notifications out. */

import { authorize } from '@kraken/edge/auth/authorization';
import type { Caller } from '@kraken/edge/auth/caller';
import { MAX_FIRST_MESSAGE } from '@kraken/edge/auth/callers';
import type { RefusalCounts } from '@kraken/edge/gate/refusal-counts';
import { parsePeer, parsePublish } from '@kraken/edge/http/call-parameters';
import { type EmptyResult, LIVE_CLOSE, RpcError, type RpcMethodName } from '@kraken/protocol';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { carryOut, isMethod, publish, type RpcBackend } from '../api/json-rpc.js';
import {
  type EnvelopeFault,
  errorText,
  faultText,
  INTERNAL_ERROR,
  type LiveRequest,
  METHOD_NOT_FOUND,
  parseRequest,
  resultText,
} from './json-rpc-2.js';
import type { LiveChannel, LiveRooms } from './live-rooms.js';
import type { SocketIdentity } from './socket-identity.js';
import { UnfinishedMessage } from './unfinished-message.js';

/** With more than that waiting to be read, octets, a socket is ended. */
export const MAX_BACKLOG = 4 * 1024 * 1024;
/** How much of an unknown method's name is repeated to the caller, in characters. */
const MAX_ECHOED_METHOD_LENGTH = 64;
/** How many messages may wait for a token to be verified. The peer is no longer read meanwhile: few are on their way. */
export const MAX_WAITING = 256;
/** Methods that are about no room. */
const ROOMLESS_METHODS: readonly RpcMethodName[] = ['turn', 'info'];

const EMPTY: EmptyResult = {};

export interface LiveSocketOptions {
  readonly socket: WebSocket;
  /** The room that it is for. */
  readonly rid: string;
  readonly identity: SocketIdentity;
  /** The address at its other end; null when that is a program on this machine. */
  readonly client: string | null;
  readonly backend: RpcBackend;
  readonly rooms: LiveRooms;
  /** False when the monitor only believes that the engine has the room. */
  readonly opensRooms: boolean;
  /** When the room, if nobody is in it, may be given to another engine, ms. */
  readonly opensRoomUntil: number;
  /** Counts a call. @returns why it is refused, or null */
  readonly refuseCall: () => RpcError | null;
  /** Counts a call with a token of that subject, and tells why it is refused. */
  readonly refuseSubject: (subject: string) => RpcError | null;
  readonly refusals: RefusalCounts;
  /** Is told how much is held of a message that is not whole yet, octets. */
  readonly hold: (octets: number) => void;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

export class LiveSocket implements LiveChannel {
  readonly #options: LiveSocketOptions;
  readonly #socket: WebSocket;
  readonly #unfinished = new UnfinishedMessage();
  /** What has come while a token is verified, in this order. */
  readonly #waiting: (LiveRequest | EnvelopeFault)[] = [];
  #isVerifying = false;
  /** When anything came last, ms. */
  heardAt: number;
  /** Since when it has had no participant, ms; null while it has one. */
  #unusedSince: number | null;

  constructor(options: LiveSocketOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.heardAt = options.now();
    this.#unusedSince = this.heardAt;
    this.#socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    this.#socket.on('pong', () => {
      this.heardAt = options.now();
    });
    this.#socket.once('close', () => options.hold(0));
    // What is wrong with a frame is told to the peer by the code of the close frame, and `close` follows.
    this.#socket.on('error', (error) => options.logger.debug({ err: error }, 'live socket failed'));
  }

  get backlog(): number {
    return this.#socket.bufferedAmount;
  }

  send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > MAX_BACKLOG) this.#endTooSlow();
  }

  replaced(): void {
    this.#socket.close(LIVE_CLOSE.REPLACED, 'the participant was resumed on another socket');
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  /** @returns for how long it has had no participant, ms; 0 while it has one */
  unusedFor(now: number): number {
    if (this.#options.rooms.isAttached(this)) this.#unusedSince = null;
    else this.#unusedSince ??= now;
    return this.#unusedSince === null ? 0 : now - this.#unusedSince;
  }

  /** Whether nobody has shown a token. */
  get isAnonymous(): boolean {
    return !this.#options.identity.isKnown;
  }

  /** To be told of what comes before it is taken for messages. */
  receiving(piece: Uint8Array): void {
    this.#unfinished.take(piece, this.#options.now());
    this.#options.hold(this.#unfinished.held);
  }

  /** What is held of its message is let go, for others. */
  giveUp(): void {
    this.#socket.close(LIVE_CLOSE.TRY_AGAIN, 'so much is on its way to here that this was given up');
    this.#socket.terminate();
  }

  /** @returns for how long a message has been on its way, ms; 0 when there is none */
  unfinishedFor(now: number): number {
    return this.#unfinished.age(now);
  }

  /** To be called behind the events of what has come whole. Of who has shown no token no long message is held. */
  endUnlessShort(): void {
    if (!this.isAnonymous || this.#isVerifying || this.#unfinished.octets <= MAX_FIRST_MESSAGE) return;
    this.#options.refusals.countRequest('body-too-long');
    const reason = `longer than ${MAX_FIRST_MESSAGE} octets before a token was shown`;
    this.#socket.close(LIVE_CLOSE.TOO_LONG, reason);
    this.#socket.terminate();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** A close frame would wait behind all that is not read. */
  #endTooSlow(): void {
    const { logger, rid } = this.#options;
    logger.warn({ rid, backlog: this.backlog }, 'live socket ended: its reader is too slow');
    this.#socket.close(LIVE_CLOSE.TOO_SLOW, 'too much is waiting to be read');
    this.#socket.terminate();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.heardAt = this.#options.now();
    // What is on its way when a socket is closed could no longer be answered.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (isBinary) {
      this.#socket.close(LIVE_CLOSE.UNSUPPORTED_DATA, 'messages are text');
      return;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      this.#socket.close(LIVE_CLOSE.TOO_SLOW, 'too many calls wait for a token to be verified');
      return;
    }
    this.#waiting.push(parseRequest(data.toString()));
    this.#proceed();
  }

  #proceed(): void {
    while (!this.#isVerifying && this.#socket.readyState === WebSocket.OPEN) {
      const request = this.#waiting.shift();
      if (request === undefined) return;
      this.#take(request);
    }
  }

  #take(request: LiveRequest | EnvelopeFault): void {
    const excess = this.#options.refuseCall();
    if (excess !== null) this.#answerFailure(request, excess);
    else if ('code' in request) this.send(faultText(request));
    else if (request.method === 'authenticate') void this.#authenticate(request);
    else this.#carryOutSafely(request);
  }

  #carryOutSafely(request: LiveRequest): void {
    try {
      this.#carryOut(request);
    } catch (error) {
      this.#answerFailure(request, error);
    }
  }

  /** Calls that come behind it are answered behind it. */
  async #authenticate(request: LiveRequest): Promise<void> {
    this.#isVerifying = true;
    this.#socket.pause();
    try {
      await this.#options.identity.authenticate(request.params);
      this.#answer(request, resultText(request.id ?? null, EMPTY));
    } catch (error) {
      this.#answerFailure(request, error);
    }
    this.#isVerifying = false;
    this.#socket.resume();
    this.#proceed();
  }

  #answerFailure(request: Pick<LiveRequest, 'id'>, error: unknown): void {
    const { id = null } = request;
    if (error instanceof RpcError) {
      this.#options.refusals.countCall(error.code);
      this.#answer(request, errorText(id, error));
    } else {
      this.#options.logger.error({ err: error }, 'call failed by a bug');
      this.#answer(request, faultText({ id, code: INTERNAL_ERROR, message: 'server error' }));
    }
  }

  /** A token that has expired still keeps the socket alive. */
  #carryOut(request: LiveRequest): void {
    const { id = null, method } = request;
    const { identity } = this.#options;
    if (method === 'ping' && identity.isKnown) {
      this.#answer(request, resultText(id, EMPTY));
      return;
    }
    const caller = identity.require();
    const excess = caller.kind === 'granted' ? this.#options.refuseSubject(caller.grant.subject) : null;
    if (excess !== null) throw excess;
    if (method === 'resume') this.#resume(request, caller);
    else if (method === 'publish') this.#publish(request, caller);
    else if (isMethod(method)) this.#call(request, method, caller);
    else {
      const name = JSON.stringify(method.slice(0, MAX_ECHOED_METHOD_LENGTH));
      this.#answer(request, faultText({ id, code: METHOD_NOT_FOUND, message: `unknown method ${name}` }));
    }
  }

  #call(request: LiveRequest, method: RpcMethodName, caller: Caller): void {
    const { id = null, params } = request;
    const { backend, client, opensRooms } = this.#options;
    if (!ROOMLESS_METHODS.includes(method)) this.#requireRoom(params);
    const call = { id: undefined, method, params };
    this.#answer(request, resultText(id, carryOut(backend, call, { caller, client, opensRooms })));
  }

  /** The answer comes first, and then who is there. */
  #publish(request: LiveRequest, caller: Caller): void {
    const { rooms, backend, client, opensRooms } = this.#options;
    const { id = null, params } = request;
    this.#requireRoom(params);
    const { rid, uid } = parsePublish(params);
    if (this.#hasLostRoom) {
      this.#socket.close(LIVE_CLOSE.GOING_AWAY, 'the room may be on another engine');
      return;
    }
    const result = rooms.publishOn(this, () => publish(backend, params, { caller, client, opensRooms }));
    this.#answer(request, resultText(id, result));
    rooms.attach({ rid, uid, cid: result.track }, this);
  }

  /** Another socket is to be opened then: whoever sends that somewhere knows where the room is. */
  get #hasLostRoom(): boolean {
    const { backend, rid, opensRooms, opensRoomUntil, now } = this.#options;
    return opensRooms && now() >= opensRoomUntil && !backend.signalling.hasRoom(rid);
  }

  #resume(request: LiveRequest, caller: Caller): void {
    const { rooms } = this.#options;
    this.#requireRoom(request.params);
    authorize(caller, 'resume', request.params);
    const name = parsePeer(request.params);
    rooms.require(name);
    this.#answer(request, resultText(request.id ?? null, EMPTY));
    rooms.attach(name, this);
  }

  /** A monitor has sent the socket to the engine that has this room, and perhaps no other. */
  #requireRoom([rid]: readonly unknown[]): void {
    if (rid === this.#options.rid) return;
    throw new RpcError('INVALID_PARAMS', 'rid is not the room that the socket was opened for');
  }

  #answer({ id }: Pick<LiveRequest, 'id'>, text: string): void {
    if (id !== undefined) this.send(text);
  }
}
