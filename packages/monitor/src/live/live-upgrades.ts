/** Takes upgrades to WebSocket at LIVE_PATH: places the room as for `publish`, and passes the socket on to its engine. */
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { requireRoom } from '@kraken/edge/auth/authorization';
import type { Callers } from '@kraken/edge/auth/callers';
import type { Gate } from '@kraken/edge/gate/gate';
import {
  accessRefusal,
  refuseUpgrade,
  roomOfUpgrade,
  takeUpgrades,
  type UpgradeRefusal,
} from '@kraken/edge/http/upgrade';
import { LIVE_CLOSE, RpcError } from '@kraken/protocol';
import type { Logger } from 'pino';
import type { ClientHeaders } from '../api/client-headers.js';
import { ClientGoneError } from '../api/engine-errors.js';
import { awaitToken, closeClient, isHandshake } from './authentication.js';
import { type EngineUpgrade, upgradeAt } from './engine-upgrade.js';
import type { LiveMetrics } from './live-metrics.js';
import { LivePassage } from './live-passage.js';

const SWITCHING_PROTOCOLS = '101 Switching Protocols';

const GIVEN_UP = 'so much is on its way to here that this was given up';

type Upgrade = EngineUpgrade | UpgradeRefusal;

/** What of the router is needed. */
export interface JoinRouter {
  sendToJoin(
    rid: string,
    headers: IncomingHttpHeaders,
    send: (url: string, passed: Readonly<Record<string, string>>) => Promise<Upgrade>,
  ): Promise<Upgrade>;
}

export interface LiveUpgradesOptions {
  readonly router: JoinRouter;
  readonly callers: Callers;
  readonly metrics: LiveMetrics;
  /** Refuses sockets of whom there are too many. */
  readonly gate: Gate;
  readonly clientHeaders: ClientHeaders;
  readonly logger: Logger;
}

export class LiveUpgrades {
  readonly #options: LiveUpgradesOptions;
  /** With the URLs of their engines. */
  readonly #passages = new Map<LivePassage, string>();
  /** Clients whose engine is being asked. */
  readonly #waiting = new Set<Duplex>();
  /** Those among them whose WebSocket is open by now, so that they are told by frames. */
  readonly #opened = new Set<Duplex>();
  #isClosing = false;

  constructor(options: LiveUpgradesOptions) {
    this.#options = options;
  }

  /** From here on upgrades of that server are taken here. */
  serve(server: Server): void {
    takeUpgrades(server, (request, client, first) => void this.#take(request, client, first));
  }

  /** Breaks off those to engines that are not among these: they may hang, and their rooms are elsewhere. */
  keep(urls: ReadonlySet<string>): void {
    for (const [passage, url] of this.#passages) if (!urls.has(url)) passage.breakOff();
  }

  /** Ends all sockets: their clients look for another monitor. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const client of this.#waiting) {
      if (this.#opened.has(client)) closeClient(client, LIVE_CLOSE.GOING_AWAY, 'the monitor ends');
      else refuseUpgrade(client, unavailable('the monitor ends'));
    }
    const passages = [...this.#passages.keys()];
    for (const passage of passages) passage.end();
    await Promise.all(passages.map(({ closed }) => closed));
  }

  async #take(request: IncomingMessage, client: Duplex, first: Buffer): Promise<void> {
    const { metrics, logger } = this.#options;
    try {
      const outcome = await this.#open(request, client, first);
      metrics.count(outcome.status);
      if ('error' in outcome) refuseUpgrade(client, outcome);
    } catch (error) {
      client.destroy();
      if (error instanceof ClientGoneError) return;
      logger.error({ err: error }, 'upgrade failed by a bug');
    }
  }

  /** @throws ClientGoneError */
  async #open(
    request: IncomingMessage,
    client: Duplex,
    first: Buffer,
  ): Promise<UpgradeRefusal | { readonly status: string }> {
    const target = roomOfUpgrade(request.url);
    if ('error' in target) return target;
    if (this.#isClosing) return unavailable('the monitor ends');
    const { gate, clientHeaders } = this.#options;
    const address = gate.clientOf(request);
    const place = gate.openSocket(request);
    if ('error' in place) return place;
    client.once('close', place.release);
    clientHeaders.write(request.headers, address);
    this.#waiting.add(client);
    try {
      return await this.#admit(request, client, first, target.rid, address);
    } catch (error) {
      if (error instanceof RpcError) return unavailable(error.message);
      throw error;
    } finally {
      this.#waiting.delete(client);
      this.#opened.delete(client);
    }
  }

  /** Nobody has a room placed, or an engine asked, before a token was found to be good. */
  async #admit(
    request: IncomingMessage,
    client: Duplex,
    first: Buffer,
    rid: string,
    address: string | null,
  ): Promise<UpgradeRefusal | { readonly status: string }> {
    const { callers } = this.#options;
    const { authorization } = request.headers;
    if (!callers.areOpen && authorization === undefined)
      return this.#admitByMessage(request, client, first, rid, address);
    try {
      requireRoom(await callers.ofHeader(authorization), rid);
    } catch (error) {
      if (error instanceof RpcError) return accessRefusal(error);
      throw error;
    }
    return this.#pass(request, client, first, rid);
  }

  /** From the handshake on the client is told by frames what is wrong. */
  async #admitByMessage(
    request: IncomingMessage,
    client: Duplex,
    first: Buffer,
    rid: string,
    address: string | null,
  ): Promise<UpgradeRefusal | { readonly status: string }> {
    if (!isHandshake(request))
      return { status: '400 Bad Request', error: 'the handshake is not that of a WebSocket' };
    const { callers, gate } = this.#options;
    this.#opened.add(client);
    const verify = async (token: unknown) => {
      const excess = gate.refuseOf(address);
      if (excess !== null) throw excess;
      const caller = await callers.ofToken(token);
      requireRoom(caller, rid);
      return caller;
    };
    const held = gate.holdBody(address, () => closeClient(client, LIVE_CLOSE.TRY_AGAIN, GIVEN_UP));
    const shown = await awaitToken(request, client, first, verify, (octets) => held.hold(octets));
    if (shown === null) return { status: SWITCHING_PROTOCOLS };
    // What the client has offered besides was left out of the handshake.
    const headers = { ...request.headers, authorization: `Bearer ${shown.token}` };
    delete headers['sec-websocket-extensions'];
    delete headers['sec-websocket-protocol'];
    try {
      const upgrade = await this.#engineFor({ headers }, client, rid);
      if ('error' in upgrade.answer) closeClient(client, LIVE_CLOSE.TRY_AGAIN, upgrade.answer.error);
      else {
        shown.accept();
        this.#add(new LivePassage(client, shown.rest, { ...upgrade.answer, head: '' }), upgrade.url);
      }
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      closeClient(client, LIVE_CLOSE.TRY_AGAIN, error.message);
    }
    return { status: SWITCHING_PROTOCOLS };
  }

  async #pass(
    request: IncomingMessage,
    client: Duplex,
    first: Buffer,
    rid: string,
  ): Promise<UpgradeRefusal | { readonly status: string }> {
    const { answer, url } = await this.#engineFor(request, client, rid);
    if ('error' in answer) return answer;
    this.#add(new LivePassage(client, first, answer), url);
    return { status: SWITCHING_PROTOCOLS };
  }

  /**
   * @returns what the engine that has the room, or gets it, has answered
   * @throws RpcError when there is none; ClientGoneError
   */
  async #engineFor(
    request: Pick<IncomingMessage, 'headers'>,
    client: Duplex,
    rid: string,
  ): Promise<{ readonly answer: Upgrade; readonly url: string }> {
    let engineUrl = '';
    const answer = await this.#options.router.sendToJoin(rid, request.headers, async (url, passed) => {
      if (!client.writable) throw new ClientGoneError('the client has gone');
      engineUrl = url;
      return upgradeAt(request, rid, url, passed);
    });
    if (!('error' in answer) && !client.writable) {
      answer.socket.destroy();
      throw new ClientGoneError('the client has gone');
    }
    return { answer, url: engineUrl };
  }

  #add(passage: LivePassage, url: string): void {
    const { metrics } = this.#options;
    this.#passages.set(passage, url);
    metrics.setOpen(this.#passages.size);
    void passage.closed.then(() => {
      this.#passages.delete(passage);
      metrics.setOpen(this.#passages.size);
    });
  }
}

function unavailable(error: string): UpgradeRefusal {
  return { status: '503 Service Unavailable', error };
}
