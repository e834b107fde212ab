/** Which checks are made, and in which order. */
import { networkInterfaces } from 'node:os';
import { ConfigurationError } from '@kraken/edge/config/configuration-error';
import { StartError } from '@kraken/edge/config/start-error';
import { defaultConfig as defaultEngine, type EngineConfig, loadConfig as loadEngine } from '@kraken/engine';
import { chooseAddresses } from '@kraken/engine/internal/config/network-interfaces';
import { MAX_CONNECTIONS } from '@kraken/engine/internal/media/tcp/limits';
import { defaultConfig as defaultMonitor, loadConfig as loadMonitor } from '@kraken/monitor';
import type { ServiceName } from '../command-line.js';
import { checkAnnouncedAddresses } from './checks/announced-address.js';
import { checkCallers } from './checks/callers.js';
import { checkCores, checkMemory, readResources } from './checks/capacity.js';
import { checkCertificate } from './checks/certificate.js';
import { checkClock } from './checks/clock.js';
import { checkFileDescriptors } from './checks/file-descriptors.js';
import { checkFirewall } from './checks/firewall.js';
import { checkHttpPort } from './checks/http-port.js';
import { checkKnownEngines } from './checks/known-engines.js';
import { checkMediaPorts } from './checks/media-ports.js';
import { checkMonitorLink, checkPublicUrl } from './checks/monitor-link.js';
import { checkPacketIo } from './checks/packet-io.js';
import { checkNode, checkOpenssl } from './checks/runtime.js';
import { checkSharedRedis } from './checks/shared-redis.js';
import { checkSocketBuffers } from './checks/socket-buffers.js';
import { checkTurnServer } from './checks/turn-server.js';
import { type Check, type Finding, ok, problem } from './finding.js';
import { serviceOfFile } from './service-file.js';

/**
 * @param configPath of the file; null for an engine without one
 * @param service that it is for; null to be told by the file
 * @returns what was found, in the order in which it is told
 */
export async function examine(
  configPath: string | null,
  service: ServiceName | null,
): Promise<readonly Finding[]> {
  const findings = [...(await checkNode())];
  try {
    const name = service ?? serviceOfFile(configPath);
    const found = name === 'engine' ? await examineEngine(configPath) : await examineMonitor(configPath);
    return [
      ...findings,
      ok(
        'file',
        `${configPath ?? 'no file, the defaults'}: for ${name === 'engine' ? 'an engine' : 'a monitor'}`,
      ),
      ...found,
    ];
  } catch (error) {
    if (!(error instanceof ConfigurationError || error instanceof StartError)) throw error;
    return [
      ...findings,
      ...(await checkOpenssl()),
      problem('file', error.message, 'correct the configuration'),
    ];
  }
}

/** @throws ConfigurationError, and StartError for an interface that is not there */
async function examineEngine(configPath: string | null): Promise<readonly Finding[]> {
  const config = configPath === null ? defaultEngine() : loadEngine(configPath);
  const addresses = chooseAddresses(networkInterfaces(), config);
  const { media, monitor, turn } = config;
  const resources = await readResources();
  const http = await checkHttpPort(config);
  const findings = await make([
    checkOpenssl,
    () => checkPacketIo(config),
    () => checkCores(config, resources),
    () => checkMemory(resources),
    () => checkFileDescriptors(mediaDescriptors(media, addresses.length)),
    checkSocketBuffers,
    async () => http.findings,
    async () => checkCertificate(config),
    () => checkCallers(config.auth),
    () => checkMediaPorts(config, addresses, http.running !== null),
    () => checkFirewall(config),
    () => checkAnnouncedAddresses(addresses),
    () => checkTurnServer(turn),
    () => checkClock(monitor === null || monitor.url === '' ? null : monitor.url),
  ]);
  return monitor === null ? findings : [...findings, ...(await make(membershipChecks(monitor)))];
}

function membershipChecks(link: NonNullable<EngineConfig['monitor']>): readonly Check[] {
  const { redis, secret } = link;
  const way: Check = redis === null ? () => checkMonitorLink(link) : () => checkSharedRedis(redis, secret);
  return [way, () => checkPublicUrl(link)];
}

/** @throws ConfigurationError */
async function examineMonitor(configPath: string | null): Promise<readonly Finding[]> {
  const config = configPath === null ? defaultMonitor() : loadMonitor(configPath);
  const { redis, secret, turn } = config;
  const http = await checkHttpPort(config);
  return make([
    () => readResources().then(checkMemory),
    () => checkFileDescriptors(0),
    async () => http.findings,
    async () => checkCertificate(config),
    () => checkCallers(config.auth),
    () => checkTurnServer(turn),
    () => checkClock(null),
    () => (redis === null ? checkKnownEngines(http.running, secret) : checkSharedRedis(redis, secret)),
  ]);
}

/** One after another: two that take the same port for a moment would find it taken. */
async function make(checks: readonly Check[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) findings.push(...(await check()));
  return findings;
}

function mediaDescriptors({ workers, tcp }: EngineConfig['media'], addresses: number): number {
  return workers * (tcp ? 2 * addresses + MAX_CONNECTIONS : addresses);
}
