/** Decides of requests, before anything is read of them but their headers, whether there have been too many. */
import type { IncomingMessage, Server } from 'node:http';
import { RpcError } from '@kraken/protocol';
import type { Logger } from 'pino';
import type { UpgradeRefusal } from '../http/upgrade.js';
import { isLoopbackAddress, networkOf, plainAddress } from './address.js';
import { BodyBudget, type HeldBody } from './body-budget.js';
import { CallRates } from './call-rates.js';
import { ConnectionLimit } from './connection-limit.js';
import type { HttpLimits } from './limits.js';
import { isLocalRequest } from './local-request.js';
import { MONITOR_HEADER, type MonitorCheck } from './monitor-proof.js';
import type { RefusalCounts } from './refusal-counts.js';
import { Tally } from './tally.js';
import type { TrustedProxies } from './trusted-proxies.js';

/** Whom a request comes from, as proxies tell. */
export const FORWARDED_HEADER = 'x-forwarded-for';

/** Owns the bodies of all programs on this machine. */
const THIS_MACHINE = '';
const TOO_MANY_REQUESTS = '429 Too Many Requests';

export interface GateOptions {
  readonly limits: HttpLimits;
  readonly proxies: TrustedProxies;
  /** Knows the calls that come by the monitor; null where none does. */
  readonly monitor: MonitorCheck | null;
  readonly refusals: RefusalCounts;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

/** What of a request tells whom it comes from. */
export type GatedRequest = Pick<IncomingMessage, 'headers' | 'httpVersion' | 'socket'>;

/** A live socket that may be opened. */
export interface SocketPlace {
  /** To be called once, when the socket is closed. */
  readonly release: () => void;
}

export class Gate {
  readonly limits: HttpLimits;
  readonly refusals: RefusalCounts;
  readonly #options: GateOptions;
  readonly #addressCalls: CallRates;
  readonly #tokenCalls: CallRates;
  readonly #connections: ConnectionLimit;
  readonly #sockets = new Tally();
  readonly #bodies: BodyBudget;
  #openSockets = 0;
  #hasWarned = false;

  constructor(options: GateOptions) {
    this.#options = options;
    this.limits = options.limits;
    this.refusals = options.refusals;
    this.#addressCalls = new CallRates(options.limits.addressCalls);
    this.#tokenCalls = new CallRates(options.limits.tokenCalls);
    this.#connections = new ConnectionLimit(options);
    this.#bodies = new BodyBudget(options.limits.unfinishedBodies);
  }

  /** From here on the connections of that server are held to the limits. */
  watch(server: Server): void {
    this.#connections.watch(server);
  }

  /**
   * @returns the address that the request comes from as far as it can be known; null when it comes from a program on this
   *   machine, which no limit for each address holds
   */
  clientOf(request: GatedRequest): string | null {
    const { limits, proxies, monitor } = this.#options;
    const { headers, httpVersion, socket } = request;
    const remote = plainAddress(socket.remoteAddress ?? '');
    const forwarded = headers[FORWARDED_HEADER];
    const header = Array.isArray(forwarded) ? forwarded.join(',') : forwarded;
    const isOfMonitor = monitor?.accepts(headers[MONITOR_HEADER]) === true;
    // The monitor names nobody only where the call has come to it from a program on its machine.
    if (isOfMonitor && header === undefined) return limits.loopback ? remote : null;
    if (!limits.loopback && isLocalRequest({ remoteAddress: remote, httpVersion, headers })) return null;
    if (isOfMonitor || proxies.has(remote)) return proxies.clientOf(remote, header, true);
    if (header !== undefined && isLoopbackAddress(remote)) this.#warnOfProxy();
    return remote;
  }

  /** Counts a request. @param cost so many calls it counts as @returns why it is refused, or null */
  refuse(request: GatedRequest, cost = 1): RpcError | null {
    return this.refuseOf(this.clientOf(request), cost);
  }

  /** Counts a call. @param client of clientOf() @param cost so many calls it counts as @returns why it is refused, or null */
  refuseOf(client: string | null, cost = 1): RpcError | null {
    if (client === null || this.#addressCalls.take(networkOf(client), this.#options.now(), cost)) return null;
    const { perSecond } = this.#options.limits.addressCalls;
    return tooMany(`from one address at most ${perSecond} calls per second are taken`);
  }

  /** Counts a call. @param subject of its token @returns why it is refused, or null */
  refuseSubject(subject: string): RpcError | null {
    if (this.#tokenCalls.take(subject, this.#options.now())) return null;
    const { perSecond } = this.#options.limits.tokenCalls;
    return tooMany(`with one token's subject at most ${perSecond} calls per second are taken`);
  }

  /** What is held of bodies and messages that are not whole yet, octets. */
  get unfinished(): number {
    return this.#bodies.octets;
  }

  /**
   * Counts what comes of a body, or of a live socket's messages, until it is whole.
   * @param client of clientOf()
   * @param giveUp as of BodyBudget.open(); called when too much is under way
   */
  holdBody(client: string | null, giveUp: () => void): HeldBody {
    return this.#bodies.open(client === null ? THIS_MACHINE : networkOf(client), () => {
      this.refusals.countRequest('too-much-unfinished');
      giveUp();
    });
  }

  /** Counts a live socket that is to be opened. */
  openSocket(request: GatedRequest): SocketPlace | UpgradeRefusal {
    const { limits, refusals } = this.#options;
    if (this.#openSockets >= limits.sockets) {
      refusals.countRequest('too-many-sockets');
      return { status: '503 Service Unavailable', error: `${limits.sockets} sockets are open` };
    }
    const client = this.clientOf(request);
    const refusal = this.refuseOf(client);
    if (refusal !== null) {
      refusals.countRequest('too-many-requests');
      return { status: TOO_MANY_REQUESTS, error: refusal.message };
    }
    const owner = client === null ? null : networkOf(client);
    if (owner !== null && this.#sockets.of(owner) >= limits.socketsPerAddress) {
      refusals.countRequest('too-many-sockets-of-address');
      const error = `${limits.socketsPerAddress} sockets of this address are open`;
      return { status: TOO_MANY_REQUESTS, error };
    }
    this.#connections.release(request.socket);
    this.#openSockets++;
    if (owner !== null) this.#sockets.add(owner);
    return {
      release: () => {
        this.#openSockets--;
        if (owner !== null) this.#sockets.remove(owner);
      },
    };
  }

  #warnOfProxy(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.logger.warn(
      'requests come by a proxy on this machine that [rpc] trusted-proxies does not name: all its clients share the limits of one address',
    );
  }
}

function tooMany(description: string): RpcError {
  return new RpcError('TOO_MANY_CALLS', `${description}: try again in a second`);
}
