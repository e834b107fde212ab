import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Callers } from '@kraken/edge/auth/callers';
import { RefusalCounts } from '@kraken/edge/gate/refusal-counts';
import { RpcError } from '@kraken/protocol';
import { pino } from 'pino';
import { LiveRooms } from '../../packages/engine/src/live/live-rooms.js';
import { LiveSocket } from '../../packages/engine/src/live/live-socket.js';
import { SocketIdentity } from '../../packages/engine/src/live/socket-identity.js';
import { SimulatedClient } from '../../packages/engine/src/room/testing/simulated-client.js';
import { TestEngine } from '../../packages/engine/src/room/testing/test-engine.js';
import { promise } from '../target.js';
import { ModelledRooms } from './modelled-rooms.js';
import { SessionSocket } from './session-socket.js';
import { hasExpired, type KnownToken } from './session-tokens.js';
import type { VirtualTimers } from './virtual-timers.js';

const ROOMS = ['room', 'other'];
const UIDS = ['alice', 'bob'];
const SOCKETS = 4;
/** Milliseconds of real time within which tokens are verified. */
const PATIENCE = 20_000;
/** After that many milliseconds some sockets open no room any more. */
const OPENS_ROOM_FOR = 5_000;
const TIME_UNIT = 200;
const FLOOD = 300;
const GOING_AWAY = 1001;
const REPLACED = 4001;
const TOO_SLOW = 4002;
const UNSUPPORTED_DATA = 1003;

const MISSING = 5004000;
const INVALID = 5004001;
const EXPIRED = 5004002;
const NOT_PERMITTED = 5004003;
const TOO_MANY_CALLS = 5005000;
const INVALID_PARAMS = 5001000;
const METHOD_NOT_FOUND = -32601;

/** What is no request, with the code of its answer. */
const MALFORMED: readonly (readonly [string, number])[] = [
  ['{', -32700],
  ['[]', -32600],
  ['null', -32600],
  ['{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
  ['{"jsonrpc":"1.0","method":"ping"}', -32600],
  ['{"jsonrpc":"2.0","method":"ping","params":{}}', -32600],
];
/** Methods about a room whose first parameter names it, and who may call them. */
const MODERATION = ['silence', 'permit', 'remove'];
const OWN = ['publish', 'resume', 'end', 'mute'];

interface Request {
  readonly id: number | null;
  readonly method: string;
  readonly params: readonly unknown[];
  /** Of `authenticate`; null: one that is none. */
  readonly token?: KnownToken | null;
  /** Where the answer does not depend on who calls. */
  readonly code?: number;
}

interface Answer {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly rid?: string; readonly cid?: string };
  readonly result?: { readonly track?: string; readonly peers?: readonly { readonly track: string }[] };
  readonly error?: { readonly code: number };
}

interface Client {
  readonly socket: SessionSocket;
  readonly live: LiveSocket;
  readonly rid: string;
  readonly opensRoomUntil: number;
  /** What was sent and is not answered yet. */
  readonly pending: Request[];
  /** Whom it is for by the last token that did. */
  token: KnownToken | null;
  /** The cid of the participant that it is attached to. */
  cid: string | null;
}

/**
 * Live sockets of an engine that demands tokens. The model says of each call which answer it gets, by the tokens that were shown on
 * its socket before, and who is in which room because of that. Tokens are verified in their own time: what a client sends
 * meanwhile is answered behind it.
 */
export class SessionModel {
  readonly #timers: VirtualTimers;
  readonly #callers: Callers;
  readonly #tokens: readonly KnownToken[];
  readonly #engine = new TestEngine();
  readonly #live: LiveRooms;
  readonly #rooms = new ModelledRooms();
  readonly #clients: (Client | null)[] = Array.from({ length: SOCKETS }, () => null);
  readonly #offer = JSON.stringify({ type: 'offer', sdp: new SimulatedClient('sendrecv').offer() });
  readonly #started = this.#engine.now;
  /** The first promise that was found broken amid the code under test, which answers whatever is thrown in it. */
  #failure: unknown = null;
  #isFlooded = false;
  #lastId = 0;

  constructor(timers: VirtualTimers, callers: Callers, tokens: readonly KnownToken[]) {
    this.#timers = timers;
    this.#callers = callers;
    this.#tokens = tokens;
    this.#live = new LiveRooms(
      this.#engine.control,
      () => timers.now,
      (error) => {
        this.#failure ??= error;
      },
    );
    this.#engine.control.observe(this.#live);
  }

  close(): void {
    this.#live.close();
  }

  /** Takes one step. */
  async act(action: number, who: number, detail: number): Promise<void> {
    const index = who % SOCKETS;
    if (action % 16 === 0 || this.#clients[index] === null) this.#open(index, detail);
    const client = this.#clients[index] ?? null;
    if (client === null) return;
    const [rid, uid] = [(detail & 0x40) === 0 ? client.rid : 'other', UIDS[detail & 1] ?? ''];
    const cid = this.#cidOf(rid, uid, detail);
    const isOn = (detail & 2) !== 0;
    const actions: readonly (() => unknown)[] = [
      () => undefined,
      () => this.#authenticate(client, detail),
      () => this.#call(client, 'publish', [rid, uid, this.#offer]),
      () => this.#call(client, 'list', [rid]),
      () => this.#call(client, 'resume', [rid, uid, cid]),
      () => this.#call(client, 'end', [rid, uid, cid]),
      () =>
        this.#call(
          client,
          ['ping', 'info', 'turn', 'nothing'][detail % 4] ?? '',
          detail % 4 === 2 ? [uid] : [],
        ),
      () => this.#call(client, 'mute', [rid, uid, cid, isOn]),
      () => this.#call(client, 'silence', [rid, uid, isOn]),
      () =>
        this.#call(client, 'permit', [
          rid,
          uid,
          (detail & 4) === 0 ? { publish: isOn } : { subscribe: isOn },
        ]),
      () => this.#call(client, 'remove', [rid, uid]),
      () => this.#sendMalformed(client, detail),
      () => this.#sendUnanswered(client, detail),
      () => this.#hangUp(client, detail),
      () => this.#wait(detail),
      () => this.#flood(detail),
    ];
    await actions[action % actions.length]?.();
    this.#check();
  }

  /** Waits until all is answered, and compares. */
  async settle(): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE;
    while (this.#connected().some(({ pending }) => pending.length > 0)) {
      promise(performance.now() < giveUpAt, 'each call is answered');
      await nextTurn();
      this.#check();
    }
    for (const [index, client] of this.#clients.entries()) {
      if (client === null || client.socket.isOpen) continue;
      this.#checkClosed(client);
      this.#gone(index, client);
    }
    this.#check();
    const there = this.#engine.control.operator.rooms();
    promise(this.#rooms.describes(there), 'there is who has shown a token for it, and may what it says');
    for (const { live, cid } of this.#connected()) {
      promise(this.#live.isAttached(live) === (cid !== null), 'a socket is attached to whom it was told');
      promise(cid === null || this.#rooms.has(cid), 'who has gone is told so');
    }
    const attached = this.#connected().flatMap(({ cid }) => cid ?? []);
    promise(new Set(attached).size === attached.length, 'a participant has one socket');
  }

  #checkClosed({ socket: { closeCode }, opensRoomUntil, cid }: Client): void {
    if (closeCode === GOING_AWAY)
      promise(this.#now >= opensRoomUntil, 'a socket is sent elsewhere when its room may be there');
    else if (closeCode === REPLACED) promise(cid !== null, 'a socket is replaced that had a participant');
    else promise(closeCode === TOO_SLOW || closeCode === UNSUPPORTED_DATA, 'a socket is closed for a reason');
  }

  /** Those whose clients have not hung up and that were not closed. */
  #connected(): Client[] {
    return this.#clients.filter((client) => client !== null).filter(({ socket }) => socket.isOpen);
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  get #now(): number {
    return this.#timers.now;
  }

  #open(index: number, detail: number): void {
    const former = this.#clients[index] ?? null;
    if (former !== null) this.#gone(index, former);
    const rid = ROOMS[detail & 1] ?? '';
    const socket = new SessionSocket((text) => this.#take(client, text));
    const opensRoomUntil = (detail & 2) === 0 ? Number.POSITIVE_INFINITY : this.#now + OPENS_ROOM_FOR;
    const live = new LiveSocket({
      socket: socket.socket,
      rid,
      identity: new SocketIdentity(this.#callers, rid, null),
      client: null,
      backend: { signalling: this.#engine.control, turnServers: () => [] },
      rooms: this.#live,
      opensRooms: true,
      opensRoomUntil,
      refuseCall: () => (this.#isFlooded ? new RpcError('TOO_MANY_CALLS', 'too many') : null),
      refuseSubject: () => null,
      refusals: new RefusalCounts(),
      hold: () => {},
      logger: pino({ level: 'silent' }),
      now: () => this.#now,
    });
    const client: Client = { socket, live, rid, opensRoomUntil, pending: [], token: null, cid: null };
    this.#clients[index] = client;
  }

  /** What LiveServer does when a connection has ended. */
  #gone(index: number, { socket, live }: Client): void {
    socket.close();
    this.#live.detach(live);
    this.#clients[index] = null;
  }

  #authenticate(client: Client, detail: number): void {
    const token = this.#tokens[detail % (this.#tokens.length + 1)] ?? null;
    const id = ++this.#lastId;
    const text = token?.text ?? ['', 'rubbish', 7, null][detail % 4];
    this.#send(client, { id, method: 'authenticate', params: [text], token });
  }

  #call(client: Client, method: string, params: readonly unknown[]): void {
    this.#send(client, { id: ++this.#lastId, method, params });
  }

  #sendMalformed(client: Client, detail: number): void {
    const [text = '', code = 0] = MALFORMED[detail % MALFORMED.length] ?? [];
    client.pending.push({ id: null, method: '', params: [], code });
    client.socket.receive(text);
  }

  /** Calls that are notifications of JSON-RPC, and what is no text. */
  #sendUnanswered({ socket }: Client, detail: number): void {
    if (detail % 8 === 7) {
      socket.receive(Uint8Array.of(detail));
      promise(socket.closeCode !== null, 'what is no text ends the socket');
    } else socket.receive(JSON.stringify({ jsonrpc: '2.0', method: detail % 2 === 0 ? 'ping' : 'list' }));
  }

  /** Its connection has ended, while tokens may still be looked at. */
  #hangUp(client: Client, detail: number): void {
    this.#gone(this.#clients.indexOf(client), client);
    // What was on its way may still be read.
    if (detail % 2 === 1)
      client.socket.receive(
        JSON.stringify({
          jsonrpc: '2.0',
          id: 0,
          method: 'publish',
          params: [client.rid, 'alice', this.#offer],
        }),
      );
  }

  async #wait(detail: number): Promise<void> {
    await this.settle();
    this.#timers.advance(TIME_UNIT * (detail + 1));
    this.#engine.now = this.#started + this.#now;
  }

  /** From here on, or no longer, all calls are too many; or one client sends more than can wait. */
  async #flood(detail: number): Promise<void> {
    await this.settle();
    if (detail % 4 < 3) this.#isFlooded = detail % 2 === 1;
    else
      for (const client of this.#connected().slice(0, 1)) {
        this.#authenticate(client, detail);
        for (let i = 0; i < FLOOD && client.socket.isOpen; i++) this.#call(client, 'ping', []);
      }
  }

  #send(client: Client, request: Request): void {
    const { id, method, params } = request;
    client.pending.push(request);
    client.socket.receive(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }

  /** A client is sent a text: what throws here would only be answered. */
  #take(client: Client, text: string): void {
    try {
      const message: Answer = JSON.parse(text);
      promise(client.socket.isOpen, 'nothing is sent on a closed socket');
      if (message.method !== undefined) this.#takeNotification(client, message);
      else this.#takeAnswer(client, message);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #takeNotification(client: Client, { method, params }: Answer): void {
    promise(client.token !== null, 'who has shown no token is told nothing');
    promise(params?.rid === client.rid, 'a socket is told of its own room');
    if (method === 'closed') {
      promise(client.cid === params?.cid, 'a socket is told of the end of its own participant');
      client.cid = null;
    }
  }

  #takeAnswer(client: Client, { id, result, error }: Answer): void {
    const request = client.pending.shift();
    promise(request !== undefined && request.id === id, 'calls are answered in their order');
    if (request === undefined) return;
    const code = error?.code ?? 0;
    const expected = this.#expectedCode(client, request);
    promise(code === expected, `${request.method} is answered with ${expected}, and not with ${code}`);
    if (code === 0) this.#takeEffect(client, request, result);
  }

  #expectedCode(client: Client, request: Request): number {
    if (this.#isFlooded) return TOO_MANY_CALLS;
    if (request.code !== undefined) return request.code;
    const { method, params } = request;
    if (method === 'authenticate') return this.#authenticationCode(client, request.token ?? null);
    if (method === 'ping' && client.token !== null) return 0;
    if (client.token === null) return MISSING;
    if (hasExpired(client.token, this.#date)) return EXPIRED;
    const [rid, uid, cid] = params.map(String);
    const isAboutRoom = method === 'list' || MODERATION.includes(method) || OWN.includes(method);
    if (isAboutRoom && rid !== client.rid) return INVALID_PARAMS;
    if (!isPermitted(client.token, method, params)) return NOT_PERMITTED;
    if (method === 'nothing') return METHOD_NOT_FOUND;
    if (method === 'publish') return this.#publishCode(client, rid, uid);
    if (MODERATION.includes(method)) return this.#rooms.userCode(rid ?? '', uid ?? '');
    return OWN.includes(method) ? this.#rooms.peerCode(rid ?? '', uid ?? '', cid ?? '', this.#now) : 0;
  }

  get #date(): number {
    return Date.now() / 1_000;
  }

  #authenticationCode(client: Client, token: KnownToken | null): number {
    if (token?.isSigned !== true) return INVALID;
    if (hasExpired(token, this.#date)) return EXPIRED;
    const isForHere = token.rid === null || token.rid === client.rid;
    const isSameUser = client.token === null || client.token.uid === token.uid;
    return isForHere && isSameUser ? 0 : NOT_PERMITTED;
  }

  #publishCode(client: Client, rid = '', uid = ''): number {
    const mayOpen = this.#now < client.opensRoomUntil || this.#rooms.hasRoom(rid);
    promise(mayOpen, 'a room that may be elsewhere is not opened');
    return this.#rooms.admissionCode(rid, uid, this.#now);
  }

  #takeEffect(client: Client, { method, params, token }: Request, result: Answer['result']): void {
    const [rid = '', uid = '', cid = ''] = params.map(String);
    const { token: shown } = client;
    if (method === 'authenticate') client.token = token ?? null;
    else if (method === 'publish' && shown !== null) {
      this.#rooms.join({ rid, uid, cid: result?.track ?? '' }, shown, this.#now);
      client.cid = result?.track ?? '';
    } else if (method === 'resume') client.cid = cid;
    else if (method === 'end') this.#rooms.leave(cid, this.#now);
    else if (method === 'mute') this.#rooms.mute(cid, params[3] === true);
    else if (method === 'silence') this.#rooms.silence(rid, uid, params[2] === true);
    else if (method === 'permit') this.#rooms.permit(rid, uid, { ...Object(params[2]) });
    else if (method === 'remove') this.#rooms.remove(rid, uid, this.#now);
    else if (method === 'list')
      promise(result?.peers?.length === this.#rooms.of(rid).length, 'who is in the room is told');
  }

  /** That of somebody who is there, of the one before, or none. */
  #cidOf(rid: string, uid: string, detail: number): string {
    const current = this.#rooms.of(rid).find((peer) => peer.uid === uid)?.cid ?? 'nobody';
    return [current, current, this.#rooms.formerCid, 'nobody'][(detail >> 2) & 3] ?? 'nobody';
  }
}

/** PROTOCOL.md's section on access tokens once more. */
function isPermitted(
  { rid, uid, administer }: KnownToken,
  method: string,
  params: readonly unknown[],
): boolean {
  if (method === 'turn') return uid === null || uid === params[0];
  if (method === 'list') return rid === null || rid === params[0];
  const isRoom = rid === null || rid === params[0];
  if (MODERATION.includes(method)) return isRoom && administer;
  return !OWN.includes(method) || (isRoom && (uid === null || uid === params[1]));
}
