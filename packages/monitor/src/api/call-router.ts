/**
 * Answers clients' calls as one engine would: those that name a room by the engine that has it, the others itself. Only
 * who joins (`publish`), or asks where to (`locate`), makes the registry place a room.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { authorize } from '@kraken/edge/auth/authorization';
import type { Caller } from '@kraken/edge/auth/caller';
import {
  parseNone,
  parsePeer,
  parsePeerAndCandidate,
  parsePeerAndJsep,
  parsePeerAndLoudest,
  parsePeerAndMuted,
  parsePublish,
  parseRoom,
  parseTurnUser,
  parseUser,
  parseUserAndPermissions,
  parseUserAndSilenced,
  type RawParameters,
} from '@kraken/edge/http/call-parameters';
import { RelayedResponse } from '@kraken/edge/http/relayed-response';
import type { IncomingCall, IncomingLargeCall, RpcResponse } from '@kraken/edge/http/rpc-server';
import { type TurnOptions, turnServers } from '@kraken/edge/turn/turn-credentials';
import {
  type EngineSummary,
  HEARTBEAT_INTERVAL,
  identifierProblem,
  RECALLED_HEADER,
  RpcError,
  type RpcMethodName,
} from '@kraken/protocol';
import type { Logger } from 'pino';
import type { EngineEntry } from '../registry/engine-entry.js';
import type { ClaimedPlace, Registry } from '../registry/registry.js';
import type { CallMetrics, CallOutcome } from './call-metrics.js';
import { clusterInfo } from './cluster-info.js';
import type { EngineAnswer } from './engine-call.js';
import type { EngineConnections } from './engine-connections.js';
import {
  ClientGoneError,
  EngineDrainsError,
  EngineForgottenError,
  EngineGoneError,
} from './engine-errors.js';
import { passedOf } from './passed-headers.js';
import { Waiting } from './waiting.js';

/** A client's region, where whoever is in front of the monitor knows it. */
export const REGION_HEADER = 'kraken-region';
/** How often who waits for a heartbeat looks whether it has come, ms. */
const POLL_INTERVAL = 100;
/**
 * How long after its last heartbeat an engine at whose port nobody listens is dead, ms. A proxy in front of a living one may
 * refuse connections while it restarts; a dead engine sends no heartbeats.
 */
const GONE_SILENCE = HEARTBEAT_INTERVAL + 500;
/** How much of an unknown method's name is repeated to the caller, in characters. */
const MAX_ECHOED_METHOD_LENGTH = 64;

/** Methods about a room, with what checks their parameters. */
export const ROOM_METHODS = {
  list: parseRoom,
  publish: parsePublish,
  restart: parsePeerAndJsep,
  end: parsePeer,
  trickle: parsePeerAndCandidate,
  subscribe: parsePeer,
  answer: parsePeerAndJsep,
  mute: parsePeerAndMuted,
  loudest: parsePeerAndLoudest,
  permit: parseUserAndPermissions,
  silence: parseUserAndSilenced,
  remove: parseUser,
} as const satisfies Partial<Record<RpcMethodName, (params: RawParameters) => unknown>>;
export type RoomMethodName = keyof typeof ROOM_METHODS;

export const OWN_METHODS = ['turn', 'info', 'locate'] as const;

export interface CallRouterOptions {
  readonly registry: Registry;
  readonly connections: EngineConnections;
  readonly turn: TurnOptions | null;
  /** Of clients that do not name theirs. */
  readonly region: string;
  readonly metrics: CallMetrics;
  readonly logger: Logger;
  /** ms, monotonic */
  readonly now: () => number;
}

/** Of these, whoever has the room now is to be asked. */
const NOT_TAKEN = [EngineGoneError, EngineDrainsError, EngineForgottenError];

/** What of a call its answer and the metrics need. */
interface NamedCall {
  readonly id: string | number | undefined;
  readonly method: string;
}

/** @returns whether the monitor has a method of this name */
export function isMethod(name: string): boolean {
  return isRoomMethod(name) || OWN_METHODS.some((method) => method === name);
}

export class CallRouter {
  readonly #options: CallRouterOptions;
  readonly #waiting = new Waiting();

  constructor(options: CallRouterOptions) {
    this.#options = options;
  }

  async answer(incoming: IncomingCall): Promise<RpcResponse> {
    return this.#counted(incoming.call, () => this.#carryOut(incoming));
  }

  /**
   * Passes a long call on to its engine while it comes. It cannot be sent a second time: so none that joins is, nor does the
   * call go where the room was a moment ago. Since the rest of it may say anything, the engine opens no room for it.
   * @returns null when it has to be read whole
   */
  async relay(incoming: IncomingLargeCall): Promise<RpcResponse | null> {
    const { method, rid, body, caller } = incoming;
    if (!isRoomMethod(method) || method === 'publish' || identifierProblem(rid) !== null) return null;
    if (!isOfRoom(caller, rid)) return null;
    const engine = await this.#options.registry.find(rid).catch(unlessRefused);
    if (engine === 'none' || engine === 'learning') return null;
    if (!this.#options.connections.mayRelay(engine.report.url)) return null;
    return this.#counted(incoming, async () => {
      const headers = { ...passedOf(incoming.headers), [RECALLED_HEADER]: '1' };
      const relay = (url: string) => this.#options.connections.relay(url, body, headers);
      const answered = await this.#send(engine, rid, relay);
      if (answered !== null) return answered;
      throw new RpcError('PEER_NOT_FOUND', 'the peer is not in the room');
    });
  }

  /** @param carryOut answers data, or the whole response where it is an engine's */
  async #counted(call: NamedCall, carryOut: () => object | Promise<object>): Promise<RpcResponse> {
    const named = call.id === undefined ? {} : { id: call.id };
    const startedAt = this.#options.now();
    try {
      const answered = await carryOut();
      const isRelayed = answered instanceof RelayedResponse;
      this.#count(call, isRelayed ? 'engine' : 'monitor', startedAt);
      return isRelayed ? answered : { ...named, data: answered };
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#count(call, error.code, startedAt);
      return { ...named, error: error.toBody() };
    }
  }

  #count({ method }: NamedCall, outcome: CallOutcome, startedAt: number): void {
    const { metrics, now } = this.#options;
    metrics.count(isMethod(method) ? method : 'unknown', outcome, now() - startedAt);
  }

  /** @returns the data, or the whole response where it is an engine's */
  #carryOut(incoming: IncomingCall): object | Promise<object> {
    const { registry, turn, now } = this.#options;
    const { method, params } = incoming.call;
    authorize(incoming.caller, method, params);
    switch (method) {
      case 'turn':
        return turnServers(turn, parseTurnUser(params), Date.now());
      case 'info':
        parseNone(params);
        return clusterInfo(registry.engines, now());
      case 'locate':
        return this.#locate(parseRoom(params), incoming.headers);
      case 'publish':
        return this.#join(parsePublish(params).rid, incoming);
    }
    if (isRoomMethod(method)) return this.#forwardToRoom(method, roomOf(method, params), incoming);
    const name = method.slice(0, MAX_ECHOED_METHOD_LENGTH);
    throw new RpcError('INVALID_PARAMS', `unknown method ${JSON.stringify(name)}`);
  }

  async #locate(rid: string, headers: IncomingHttpHeaders): Promise<object> {
    const { engine } = await this.#claim(rid, headers, 'locate');
    return { url: engine.report.publicUrl };
  }

  #join(rid: string, { body, headers }: IncomingCall): Promise<EngineAnswer> {
    const { connections } = this.#options;
    return this.sendToJoin(rid, headers, (url, passed) => connections.post(url, body, passed));
  }

  /**
   * Sends somebody to the engine that has the room, or gets it; who was not taken goes to the one that the room gets next.
   * @param headers of the request
   * @param send to an engine's URL, with headers; as EngineConnections.post()
   * @throws RpcError
   */
  async sendToJoin<T>(
    rid: string,
    headers: IncomingHttpHeaders,
    send: (url: string, passed: Readonly<Record<string, string>>) => Promise<T>,
  ): Promise<T> {
    for (;;) {
      const { engine, isRecalled } = await this.#claim(rid, headers, 'join');
      const passed = passedOf(headers);
      if (isRecalled) passed[RECALLED_HEADER] = '1';
      const answered = await this.#send(engine, rid, (url) => send(url, passed));
      if (answered !== null) return answered;
    }
  }

  /**
   * What an engine answers, it has checked; who is in no room is told here what is wrong with the call.
   * The registry is asked when this monitor does not know where the room was a moment ago, or it is no longer there.
   */
  async #forwardToRoom(method: RoomMethodName, rid: string, incoming: IncomingCall): Promise<object> {
    const { registry } = this.#options;
    const recalled = registry.recall(rid);
    const first = recalled === null ? null : await this.#postByMemory(recalled, incoming);
    if (first?.lacksRoom === false) return first;
    const engine = await this.#waiting.onceLearnt(() => registry.find(rid));
    if (first !== null && (engine === 'none' || engine === recalled)) return first;
    first?.discard();
    const answered = engine === 'none' ? null : await this.#post(engine, rid, incoming);
    if (answered !== null) return answered;
    ROOM_METHODS[method](incoming.call.params);
    if (method === 'list') return { peers: [] };
    throw new RpcError('PEER_NOT_FOUND', 'the peer is not in the room');
  }

  #claim(rid: string, headers: IncomingHttpHeaders, purpose: 'join' | 'locate'): Promise<ClaimedPlace> {
    const { registry } = this.#options;
    const region = this.#regionOf(headers);
    return this.#waiting.onceLearnt(() => registry.claim(rid, region, purpose));
  }

  /**
   * @returns the engine's response, or null when it has not taken the call: whether it has the room is to be asked
   * @throws RpcError ENGINE_UNREACHABLE when the engine does not answer properly
   */
  async #postByMemory(
    { report }: EngineEntry,
    { body, headers }: IncomingCall,
  ): Promise<EngineAnswer | null> {
    try {
      return await this.#options.connections.post(report.url, body, passedOf(headers));
    } catch (error) {
      if (NOT_TAKEN.some((type) => error instanceof type)) return null;
      throw this.#unreachable(report, error);
    }
  }

  #post(engine: EngineEntry, rid: string, { body, headers }: IncomingCall): Promise<EngineAnswer | null> {
    const { connections } = this.#options;
    return this.#send(engine, rid, (url) => connections.post(url, body, passedOf(headers)));
  }

  /**
   * @param send to an engine's URL
   * @returns the engine's response, or null when the engine is gone, or drains and has refused the room: that is free then.
   *   An engine that was forgotten meanwhile may have carried the call out, which counts no longer
   * @throws RpcError ENGINE_UNREACHABLE when the engine does not answer properly
   */
  async #send<T>(engine: EngineEntry, rid: string, send: (url: string) => Promise<T>): Promise<T | null> {
    const { registry, logger } = this.#options;
    const { engineId, url } = engine.report;
    try {
      return await send(url);
    } catch (error) {
      if (error instanceof ClientGoneError) throw error;
      if (error instanceof EngineForgottenError) return null;
      if (error instanceof EngineDrainsError) {
        await registry.release(rid, engineId);
        return null;
      }
      if (error instanceof EngineGoneError && (await this.#hasEnded(engine))) {
        logger.warn(
          { engineId, url },
          'nobody listens at the engine and it says nothing, its rooms are free',
        );
        return null;
      }
      throw this.#unreachable(engine.report, error);
    }
  }

  /** Whether the engine has carried the call out is not known. */
  #unreachable({ engineId, url }: EngineSummary, error: unknown): RpcError {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ engineId, url, reason }, 'engine does not answer');
    return new RpcError('ENGINE_UNREACHABLE', `the engine that has the room does not answer (${reason})`);
  }

  /**
   * Waits for the heartbeat that is due, unless the engine has left the cluster.
   * @returns whether it has not come, and the engine is forgotten
   */
  async #hasEnded(engine: EngineEntry): Promise<boolean> {
    const { registry, now } = this.#options;
    const { heardAt } = engine;
    const { engineId } = engine.report;
    const isKnown = () => registry.engines.some(({ report }) => report.engineId === engineId);
    do await sleep(POLL_INTERVAL);
    while (isKnown() && engine.heardAt === heardAt && now() < heardAt + GONE_SILENCE);
    return registry.removeSilent(engine, GONE_SILENCE);
  }

  #regionOf(headers: IncomingHttpHeaders): string {
    const region = headers[REGION_HEADER];
    return typeof region === 'string' && region !== '' ? region : this.#options.region;
  }
}

/** @returns the room that a call is about; @throws RpcError INVALID_PARAMS when it names none */
function roomOf(method: RoomMethodName, params: RawParameters): string {
  const [rid] = params;
  if (typeof rid === 'string' && identifierProblem(rid) === null) return rid;
  ROOM_METHODS[method](params);
  return parseRoom([rid]);
}

/** The engine reads the rest of the call, and finds out whether all of it is allowed. */
function isOfRoom(caller: Caller, rid: string): boolean {
  return caller.kind === 'open' || caller.grant.rid === null || caller.grant.rid === rid;
}

/** Who is to be refused is so once the call is read. */
function unlessRefused(error: unknown): 'none' {
  if (error instanceof RpcError) return 'none';
  throw error;
}

function isRoomMethod(name: string): name is RoomMethodName {
  return Object.hasOwn(ROOM_METHODS, name);
}
