/** What a daemon's configuration says of its HTTP server. */
import { type AuthConfig, listenHost } from '../auth/auth-config.js';
import { ConfigurationError, describeFault } from './configuration-error.js';

/** PEM files. */
export interface CertificateFiles {
  /** Of the server first, then of who has signed it. */
  readonly certificate: string;
  readonly key: string;
}

export interface RpcConfig {
  /** Address or name to listen on; null for every address of the machine. */
  readonly host: string | null;
  /** 0 for any free port. */
  readonly port: number;
  /** Null: HTTP without TLS. */
  readonly tls: CertificateFiles | null;
  /** Addresses and networks of proxies that are believed when they say whom a request comes from. */
  readonly trustedProxies: readonly string[];
}

interface RpcSection {
  readonly host: string;
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
  readonly 'trusted-proxies': readonly string[];
}

/**
 * @param rpc section [rpc] of a file
 * @param auth decides which addresses may be listened on
 * @throws ConfigurationError when the address is not allowed, or only one of certificate and key is named
 */
export function rpcOf(rpc: RpcSection, auth: AuthConfig, source: string): RpcConfig {
  const { host, port, certificate, key } = rpc;
  if ((certificate === '') !== (key === '')) {
    const [missing, given] = key === '' ? ['key', 'certificate'] : ['certificate', 'key'];
    const problem = `expected the path of a PEM file, since [rpc] ${given} is set`;
    throw new ConfigurationError(describeFault(source, 'rpc', missing ?? '', '', problem));
  }
  return {
    host: listenHost(host, auth, source),
    port,
    tls: certificate === '' ? null : { certificate, key },
    trustedProxies: rpc['trusted-proxies'],
  };
}
