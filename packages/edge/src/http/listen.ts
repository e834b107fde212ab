/** Brings the HTTP server up at the configured address, and puts what the machine refuses into words. */
import { createServer } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { describeFault } from '../config/configuration-error.js';
import { StartError } from '../config/start-error.js';

/** All addresses of the machine, IPv6 and IPv4. */
const ANY_IPV6 = '::';
const ANY_IPV4 = '0.0.0.0';

/** What of a daemon's configuration is about its HTTP server. */
export interface HttpConfig {
  /** Names the configuration in messages. */
  readonly source: string;
  readonly rpc: {
    /** Address or name to listen on; null for every address of the machine. */
    readonly host: string | null;
    /** 0 for any free port. */
    readonly port: number;
  };
}

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  /** What a user of this machine opens in a browser. */
  readonly url: string;
}

/**
 * @param server is closed again when it cannot listen
 * @throws StartError that names the key and the value at fault
 */
export async function listen(server: FastifyInstance, config: HttpConfig): Promise<HttpAddress> {
  const host = config.rpc.host ?? ((await hasIPv6()) ? ANY_IPV6 : ANY_IPV4);
  try {
    await server.listen({ host, port: config.rpc.port });
  } catch (error) {
    await server.close();
    throw new StartError(describeRefusal(error, config));
  }
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the HTTP server has no port');
  const scheme = server.server instanceof TlsServer ? 'https' : 'http';
  return { host, port: address.port, url: `${scheme}://${urlHost(host)}:${address.port}/` };
}

/** Machines with IPv6 switched off refuse to bind `::`. */
function hasIPv6(): Promise<boolean> {
  return new Promise((fulfil) => {
    const probe = createServer();
    probe.once('error', () => fulfil(false));
    probe.listen({ host: ANY_IPV6, port: 0 }, () => probe.close(() => fulfil(true)));
  });
}

function describeRefusal(error: unknown, { source, rpc }: HttpConfig): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return describeFault(source, 'rpc', 'port', rpc.port, 'the port is taken by another program');
    case 'EACCES':
      return describeFault(source, 'rpc', 'port', rpc.port, 'no permission to listen on this port');
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return describeFault(source, 'rpc', 'host', rpc.host ?? '', 'not an address of this machine');
    default:
      return describeFault(source, 'rpc', 'port', rpc.port, `cannot listen (${String(code ?? error)})`);
  }
}

function urlHost(host: string): string {
  if (host === ANY_IPV6 || host === ANY_IPV4) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
