/** The address that the API will listen on. */
import { once } from 'node:events';
import { get as getHttp, type IncomingMessage } from 'node:http';
import { get as getHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import type { RpcConfig } from '@kraken/edge/config/rpc-config';
import { probeTcp } from '../bind-probe.js';
import { type Finding, ok, problem, warning } from '../finding.js';

const NAME = 'http';
const ANY_IPV6 = '::';
const ANY_IPV4 = '0.0.0.0';
/** How long a kraken may take to say that it is up, ms. */
const HEALTH_TIMEOUT = 2_000;

/** What of a daemon's configuration is about its HTTP server. */
export interface HttpPortConfig {
  readonly rpc: Pick<RpcConfig, 'host' | 'port' | 'tls'>;
}

export interface HttpPort {
  readonly findings: readonly Finding[];
  /** Base URL of the kraken that has the port already; null when none has. */
  readonly running: string | null;
}

/** @param config with a certificate the API is there by HTTPS only */
export async function checkHttpPort(config: HttpPortConfig): Promise<HttpPort> {
  const { host, port, tls } = config.rpc;
  const asked = host ?? ANY_IPV6;
  let code = await probeTcp(asked, port);
  // Without IPv6 a service takes all IPv4 addresses.
  if (host === null && code !== null && code !== 'EADDRINUSE') code = await probeTcp(ANY_IPV4, port);
  const where = host === null ? `port ${port} on all addresses` : `port ${port} on ${host}`;
  switch (code) {
    case null:
      return { findings: [ok(NAME, `${where} is free`)], running: null };
    case 'EADDRINUSE':
      return taken(where, urlOf(tls === null ? 'http' : 'https', asked, port));
    case 'EACCES':
      return refused(
        `no permission to listen on ${where}`,
        'set [rpc] port to one above 1023, or grant CAP_NET_BIND_SERVICE',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return refused(
        `${asked} is no address of this machine`,
        'set [rpc] host to an address of this machine, or leave it empty',
      );
    default:
      return refused(`cannot listen on ${where} (${code})`, 'choose another [rpc] host or port');
  }
}

function refused(message: string, advice: string): HttpPort {
  return { findings: [problem(NAME, message, advice)], running: null };
}

async function taken(where: string, url: string): Promise<HttpPort> {
  if (await isHealthyKraken(url)) {
    const advice = 'nothing, if that is the one you ask about; another one needs an [rpc] port of its own';
    return { findings: [warning(NAME, `${where}: a kraken that is up has it`, advice)], running: url };
  }
  return refused(
    `${where} is taken by another program`,
    `end it (ss -ltnp shows which one has it), or set [rpc] port`,
  );
}

async function isHealthyKraken(url: string): Promise<boolean> {
  try {
    const body: unknown = JSON.parse(await get(new URL('healthz', url)));
    return typeof body === 'object' && body !== null && 'status' in body && body.status === 'ok';
  } catch {
    return false;
  }
}

/** Nothing secret is said, and the certificate is seldom for the loopback's address: so it is not looked at. */
async function get(url: URL): Promise<string> {
  const signal = AbortSignal.timeout(HEALTH_TIMEOUT);
  const call =
    url.protocol === 'https:'
      ? getHttps(url, { signal, rejectUnauthorized: false })
      : getHttp(url, { signal });
  const [response]: IncomingMessage[] = await once(call, 'response');
  if (response?.statusCode !== 200) throw new Error(`HTTP status ${response?.statusCode}`);
  return await text(response);
}

function urlOf(scheme: string, host: string, port: number): string {
  if (host === ANY_IPV6 || host === ANY_IPV4) return `${scheme}://127.0.0.1:${port}/`;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}
