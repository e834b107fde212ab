/** The address that the API will listen on. */
import type { HttpConfig } from '@kraken/edge/http/listen';
import { probeTcp } from '../bind-probe.js';
import { type Finding, ok, problem, warning } from '../finding.js';

const NAME = 'http';
const ANY_IPV6 = '::';
const ANY_IPV4 = '0.0.0.0';
/** How long a kraken may take to say that it is up, ms. */
const HEALTH_TIMEOUT = 2_000;

export interface HttpPort {
  readonly findings: readonly Finding[];
  /** Base URL of the kraken that has the port already; null when none has. */
  readonly running: string | null;
}

export async function checkHttpPort({ rpc: { host, port } }: HttpConfig): Promise<HttpPort> {
  const asked = host ?? ANY_IPV6;
  let code = await probeTcp(asked, port);
  // Without IPv6 a service takes all IPv4 addresses.
  if (host === null && code !== null && code !== 'EADDRINUSE') code = await probeTcp(ANY_IPV4, port);
  const where = host === null ? `port ${port} on all addresses` : `port ${port} on ${host}`;
  switch (code) {
    case null:
      return { findings: [ok(NAME, `${where} is free`)], running: null };
    case 'EADDRINUSE':
      return taken(where, urlOf(asked, port));
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
    const response = await fetch(new URL('healthz', url), { signal: AbortSignal.timeout(HEALTH_TIMEOUT) });
    const body: unknown = await response.json();
    return (
      response.ok && typeof body === 'object' && body !== null && 'status' in body && body.status === 'ok'
    );
  } catch {
    return false;
  }
}

function urlOf(host: string, port: number): string {
  if (host === ANY_IPV6 || host === ANY_IPV4) return `http://127.0.0.1:${port}/`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
}
