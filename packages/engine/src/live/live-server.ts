/** Takes upgrades to WebSocket at LIVE_PATH, and watches over the sockets: who is silent or unused for long is ended. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireRoom } from '@kraken/edge/auth/authorization';
import type { Caller } from '@kraken/edge/auth/caller';
import { AUTHENTICATION_TIMEOUT, type Callers } from '@kraken/edge/auth/callers';
import type { Gate } from '@kraken/edge/gate/gate';
import {
  accessRefusal,
  refuseUpgrade,
  roomOfUpgrade,
  takeUpgrades,
  type UpgradeRefusal,
} from '@kraken/edge/http/upgrade';
import { LIVE_CLOSE, RECALLED_HEADER, REFUSED_DRAINING, REFUSED_HEADER, RpcError } from '@kraken/protocol';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RpcBackend } from '../api/json-rpc.js';
import type { LiveRooms } from './live-rooms.js';
import { LiveSocket } from './live-socket.js';
import { SocketIdentity } from './socket-identity.js';

/** How often sockets are pinged, ms. */
export const PING_INTERVAL = 10_000;
/** A socket from which nothing came for so long is dead, ms: two pings unanswered, and a half. */
export const SOCKET_SILENCE = 25_000;
/** How long a socket may be open without a participant, ms. */
export const UNUSED_LIFETIME = 60_000;
/** How long clients may take to close their sockets when the engine ends, or has waited for their tokens, ms. */
const CLOSE_TIMEOUT = 1_000;
const CLOSE_CHECK_INTERVAL = 20;
const WEBSOCKET_VERSION = '13';
/** In how many frames a message may come: each takes a hundred octets of memory, and its content may be one. */
const MAX_FRAGMENTS = 1_024;
/** In how many pieces what is not complete may come; those of the longest message are as long as packets. */
const MAX_PIECES = 8_192;

export interface LiveServerOptions {
  readonly backend: RpcBackend;
  readonly callers: Callers;
  readonly rooms: LiveRooms;
  /** Whether the engine takes no rooms that it does not have. */
  readonly isDraining: () => boolean;
  /** Refuses sockets and calls of whom there are too many. */
  readonly gate: Gate;
  /** How long after its upgrade a socket may open its room, ms. */
  readonly opensRoomFor: number;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

export class LiveServer {
  readonly #options: LiveServerOptions;
  readonly #sockets = new Set<LiveSocket>();
  readonly #upgrader: WebSocketServer;
  readonly #watching: NodeJS.Timeout;
  #isClosing = false;

  constructor(options: LiveServerOptions) {
    this.#options = options;
    this.#upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.gate.limits.body,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_PIECES,
      // Descriptions compress well, and each compressor takes more memory than a participant.
      perMessageDeflate: false,
      // One message of a socket per turn of the event loop: who floods delays the others by one call each.
      allowSynchronousEvents: false,
    });
    // RFC 6455 section 4.4: who speaks another version is told ours.
    this.#upgrader.on('wsClientError', ({ message }, socket) => {
      const headers = { 'Sec-WebSocket-Version': WEBSOCKET_VERSION };
      refuseUpgrade(socket, { status: '400 Bad Request', error: message, headers });
    });
    this.#watching = setInterval(() => this.#watch(), PING_INTERVAL);
    this.#watching.unref();
  }

  /** How many sockets are open. */
  get size(): number {
    return this.#sockets.size;
  }

  /** From here on upgrades of that server are taken here. */
  serve(server: Server): void {
    takeUpgrades(server, (request, socket, head) => {
      void this.#take(request, socket, head);
    });
  }

  /** Ends all sockets: their clients look for another server. Who does not close in time is not waited for. */
  async close(): Promise<void> {
    clearInterval(this.#watching);
    this.#options.rooms.close();
    this.#isClosing = true;
    for (const socket of this.#sockets) socket.close(LIVE_CLOSE.GOING_AWAY, 'the engine ends');
    const giveUpAt = performance.now() + CLOSE_TIMEOUT;
    while (this.#sockets.size > 0 && performance.now() < giveUpAt) await sleep(CLOSE_CHECK_INTERVAL);
    for (const socket of this.#sockets) socket.terminate();
  }

  async #take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      const refusal = await this.#open(request, socket, head);
      if (refusal !== null) refuseUpgrade(socket, refusal);
    } catch (error) {
      socket.destroy();
      this.#options.logger.error({ err: error }, 'upgrade failed by a bug');
    }
  }

  /** @returns why the socket is not opened, or null */
  async #open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<UpgradeRefusal | null> {
    const { gate } = this.#options;
    const target = roomOfUpgrade(request.url);
    if ('error' in target) return target;
    const client = gate.clientOf(request);
    // Before a token is looked at: who guesses, or makes work by bad ones, is held to the limits.
    const place = gate.openSocket(request);
    if ('error' in place) return place;
    socket.once('close', place.release);
    const identity = await this.#identify(request, target.rid);
    if (socket.destroyed) return null;
    if ('error' in identity) return identity;
    // Behind the verification of a token: what is true by now counts.
    const refusal = this.#refusalOf(target.rid, identity.caller);
    if (refusal === null) this.#accept(request, socket, head, target.rid, identity.caller, client);
    return refusal;
  }

  /** @returns who is at the other end, null as long as that is not known, or why nobody may be */
  async #identify(
    { headers }: IncomingMessage,
    rid: string,
  ): Promise<{ readonly caller: Caller | null } | UpgradeRefusal> {
    const { callers } = this.#options;
    if (!callers.areOpen && headers.authorization === undefined) return { caller: null };
    try {
      const caller = await callers.ofHeader(headers.authorization);
      requireRoom(caller, rid);
      return { caller };
    } catch (error) {
      if (error instanceof RpcError) return accessRefusal(error);
      throw error;
    }
  }

  /** Who has shown no token yet is not told whether a room is here: if not, they will be when they publish. */
  #refusalOf(rid: string, caller: Caller | null): UpgradeRefusal | null {
    if (this.#isClosing) return unavailable('the engine ends');
    const { backend, isDraining } = this.#options;
    if (caller !== null && isDraining() && !backend.signalling.hasRoom(rid)) {
      return unavailable('the engine drains and does not have the room', {
        [REFUSED_HEADER]: REFUSED_DRAINING,
      });
    }
    return null;
  }

  #accept(
    request: IncomingMessage,
    duplex: Duplex,
    head: Buffer,
    rid: string,
    caller: Caller | null,
    client: string | null,
  ): void {
    const { backend, callers, rooms, gate, opensRoomFor, logger, now } = this.#options;
    const opensRooms = request.headers[RECALLED_HEADER] === undefined;
    const opensRoomUntil = now() + opensRoomFor;
    this.#upgrader.handleUpgrade(request, duplex, head, (socket) => {
      const held = gate.holdBody(client, () => live.giveUp());
      const live = new LiveSocket({
        socket,
        rid,
        identity: new SocketIdentity(callers, rid, caller),
        client,
        backend,
        rooms,
        opensRooms,
        opensRoomUntil,
        refuseCall: () => gate.refuseOf(client),
        refuseSubject: (subject) => gate.refuseSubject(subject),
        refusals: gate.refusals,
        hold: (octets) => held.hold(octets),
        logger,
        now,
      });
      this.#sockets.add(live);
      duplex.prependListener('data', (piece: Buffer) => live.receiving(piece));
      if (live.isAnonymous) {
        awaitToken(live, socket);
        holdShort(live, duplex);
      }
      socket.once('close', () => {
        this.#sockets.delete(live);
        rooms.detach(live);
      });
    });
  }

  #watch(): void {
    const { now: clock, gate } = this.#options;
    const now = clock();
    for (const socket of this.#sockets) {
      if (now - socket.heardAt > SOCKET_SILENCE) socket.terminate();
      else if (socket.unfinishedFor(now) > gate.limits.requestTime) {
        gate.refusals.countRequest('too-slow');
        socket.terminate();
      } else if (socket.unusedFor(now) > UNUSED_LIFETIME)
        socket.close(LIVE_CLOSE.UNUSED, 'nobody published or resumed');
      else socket.ping();
    }
  }
}

/** Who shows no token in time, and then does not close the socket either, is broken off. */
function awaitToken(live: LiveSocket, socket: WebSocket): void {
  let timer = setTimeout(() => {
    if (!live.isAnonymous) return;
    live.close(LIVE_CLOSE.UNAUTHENTICATED, 'no access token came in time');
    timer = setTimeout(() => live.terminate(), CLOSE_TIMEOUT);
  }, AUTHENTICATION_TIMEOUT);
  socket.once('close', () => clearTimeout(timer));
}

/** Messages that come whole with some octets are told of in the same turn of the event loop, before it is looked at what is left. */
function holdShort(live: LiveSocket, duplex: Duplex): void {
  const look = () => {
    if (live.isAnonymous) setImmediate(() => live.endUnlessShort());
    else duplex.off('data', look);
  };
  duplex.on('data', look);
}

function unavailable(error: string, headers: Readonly<Record<string, string>> = {}): UpgradeRefusal {
  return { status: '503 Service Unavailable', error, headers };
}
