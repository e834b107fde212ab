/** The TURN server that clients are told: does it relay for the credentials that they get? */
import { lookup } from 'node:dns/promises';
import { type TurnOptions, turnServers } from '@kraken/edge/turn/turn-credentials';
import { isPublicAddress } from '@kraken/engine/internal/callback/public-address';
import { type Finding, ok, problem, reasonOf, warning } from '../finding.js';
import { type AllocationResult, allocate } from '../turn/allocate.js';
import type { TurnEndpoint, TurnTransport } from '../turn/turn-connection.js';

const NAME = 'turn';
/** RFC 7065 section 3.1. */
const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;
const HOST = /^(turns?:)?(\[[^\]]+\]|[^:]+)(?::(\d+))?$/i;
/** Whom the credentials are minted for. */
const USER = 'kraken-doctor';
const UNAUTHORIZED = 401;

export async function checkTurnServer(turn: TurnOptions | null): Promise<readonly Finding[]> {
  if (turn === null) {
    const message =
      'no TURN server: clients whose network lets out neither UDP nor TCP to the media ports cannot join';
    return [ok(NAME, message)];
  }
  const { host, port, isTls } = parseTurnHost(turn.host);
  const endpoints = await resolve(host, port);
  if ('level' in endpoints) return [endpoints];
  const [endpoint] = endpoints;
  const [server] = turnServers(turn, USER, Date.now());
  if (endpoint === undefined || server === undefined) throw new Error(`no TURN server in ${turn.host}`);
  const transports: readonly TurnTransport[] = isTls ? ['tls'] : ['udp', 'tcp'];
  const results = await Promise.all(transports.map((transport) => allocate(transport, endpoint, server)));
  const hasWorking = results.some(({ kind }) => kind === 'allocated');
  return results.map((result, place) => findingOf(result, transports[place] ?? 'udp', endpoint, hasWorking));
}

async function resolve(host: string, port: number): Promise<readonly TurnEndpoint[] | Finding> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => ({ host, address, port }));
  } catch (error) {
    return problem(
      NAME,
      `${host} does not resolve (${reasonOf(error)})`,
      'correct [turn] host, or the name server',
    );
  }
}

function findingOf(
  result: AllocationResult,
  transport: TurnTransport,
  { host, address, port }: TurnEndpoint,
  hasWorking: boolean,
): Finding {
  const where = `${transport.toUpperCase()} at ${host}:${port}${host === address ? '' : ` (${address})`}`;
  // Clients are told of both: they get by with one, though not on every network.
  const fault = hasWorking ? warning : problem;
  switch (result.kind) {
    case 'allocated':
      return relayFinding(result, where, address);
    case 'unreachable': {
      const advice = 'start the TURN server there, let its port in, or correct [turn] host';
      return fault(NAME, `${where} does not answer (${reasonOf(result.error)})`, advice);
    }
    case 'malformed':
      return fault(
        NAME,
        `${where} does not answer as a TURN server: ${result.what}`,
        'correct [turn] host; coturn needs use-auth-secret',
      );
    case 'refused':
      return fault(
        NAME,
        `${where} refuses an allocation: ${result.code} ${result.phrase}`,
        adviceFor(result.code, result.hasCredentials),
      );
  }
}

function relayFinding(
  { relayed, roundTrip, isAuthenticated }: Extract<AllocationResult, { readonly kind: 'allocated' }>,
  where: string,
  address: string,
): Finding {
  const message = `${where} relays at ${relayed.address}:${relayed.port}, ${roundTrip.toFixed(1)} ms away`;
  if (!isAuthenticated) {
    return warning(
      NAME,
      `${message}, for anybody without credentials`,
      'set use-auth-secret and static-auth-secret in coturn',
    );
  }
  if (isPublicAddress(address) && !isPublicAddress(relayed.address)) {
    return warning(
      NAME,
      `${message}, which clients cannot reach`,
      "set coturn's external-ip to its public address",
    );
  }
  return ok(NAME, message);
}

function adviceFor(code: number, hasCredentials: boolean): string {
  if (code === UNAUTHORIZED && hasCredentials) {
    return "set [turn] secret to coturn's static-auth-secret (with use-auth-secret); or the clocks are an hour apart";
  }
  return "see the TURN server's log";
}

/** @param value of [turn] host, which the configuration has checked */
function parseTurnHost(value: string): {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
} {
  const [, scheme = '', host = '', port] = HOST.exec(value) ?? [];
  const isTls = scheme.toLowerCase() === 'turns:';
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  return { host: bare, port: Number(port ?? (isTls ? DEFAULT_TLS_PORT : DEFAULT_PORT)), isTls };
}
