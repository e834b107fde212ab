/** Finds out where a cluster's monitor is, and its secret, for commands to it. */
import { ConfigurationError, describeFault } from '@kraken/edge/config/configuration-error';
import { rpcSection, text } from '@kraken/edge/config/fields';
import { parseToml, readTomlFile } from '@kraken/edge/config/toml-file';
import { parseUrl } from '@kraken/edge/http/parse-url';
import { z } from 'zod';
import type { MonitorSource } from './command-line.js';

export interface MonitorAccess {
  /** Ends with a slash. */
  readonly url: string;
  /** Null when nobody has told it. */
  readonly secret: string | null;
}

/** Of the process, those that tell of a monitor. */
export interface MonitorEnvironment {
  readonly KRAKEN_MONITOR?: string | undefined;
  /** In no option, since whoever lists the processes reads those. */
  readonly KRAKEN_SECRET?: string | undefined;
}

/** A monitor's port when its configuration names none. */
const DEFAULT_PORT = 7000;
const DEFAULT_URL = `http://127.0.0.1:${DEFAULT_PORT}/`;
const ANY_ADDRESS: readonly string[] = ['', '::', '0.0.0.0'];
const EXPECTED_URL = 'expected an http or https URL';

/** Engine's and monitor's file alike; the service checks the rest when it starts. */
const fileSchema = z.object({
  engine: z.unknown().optional(),
  monitor: z.object({ url: text.optional(), secret: text.default('') }).prefault({}),
  rpc: rpcSection(DEFAULT_PORT).prefault({}),
});

/**
 * An option counts more than the environment, and that more than a file. What is empty is not given.
 * @throws ConfigurationError
 */
export function findMonitor(source: MonitorSource, environment: MonitorEnvironment): MonitorAccess {
  const file = source.configPath === null ? null : readAccess(source.configPath);
  const url =
    checked('--monitor', source.url) ?? checked('KRAKEN_MONITOR', environment.KRAKEN_MONITOR ?? null);
  return {
    url: withSlash(url ?? file?.url ?? DEFAULT_URL),
    secret: environment.KRAKEN_SECRET || (file?.secret ?? null),
  };
}

/** An engine's file tells where its monitor is; the monitor's own where it listens. */
function readAccess(path: string): MonitorAccess {
  const { engine, monitor, rpc } = parseToml(readTomlFile(path), path, fileSchema);
  const secret = monitor.secret === '' ? null : monitor.secret;
  if (engine !== undefined || monitor.url !== undefined) {
    const { url = '' } = monitor;
    if (isHttpUrl(url)) return { url, secret };
    const problem = url === '' ? 'no monitor is named here: name one with --monitor' : EXPECTED_URL;
    throw new ConfigurationError(describeFault(path, 'monitor', 'url', url, problem));
  }
  const host = ANY_ADDRESS.includes(rpc.host) ? '127.0.0.1' : rpc.host;
  const scheme = rpc.certificate === '' ? 'http' : 'https';
  return { url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${rpc.port}/`, secret };
}

/** @returns the URL, or null when it is not given */
function checked(origin: string, url: string | null): string | null {
  if (url === null || url === '') return null;
  if (isHttpUrl(url)) return url;
  throw new ConfigurationError(`${origin} ${JSON.stringify(url)}: ${EXPECTED_URL}`);
}

function isHttpUrl(value: string): boolean {
  return /^https?:$/.test(parseUrl(value)?.protocol ?? '');
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
