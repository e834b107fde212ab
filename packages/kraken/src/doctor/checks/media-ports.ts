/** The ports for media: each worker takes the first one that is free on all addresses, for UDP and TCP. */
import type { EngineConfig } from '@kraken/engine';
import type { BindAddress } from '@kraken/engine/internal/config/network-interfaces';
import { probeTcp, probeUdp } from '../bind-probe.js';
import { type Finding, ok, problem, warning } from '../finding.js';

const NAME = 'media';
/** Refusals that are told in words. */
const TOLD_REFUSALS = 3;

/** @param isRunning whether a kraken has the HTTP port: then it may have these, too */
export async function checkMediaPorts(
  config: EngineConfig,
  addresses: readonly BindAddress[],
  isRunning: boolean,
): Promise<readonly Finding[]> {
  const { portMin, portMax, workers, tcp } = config.media;
  const free: number[] = [];
  const refusals: string[] = [];
  for (let port = portMin; port <= portMax && free.length < workers; port++) {
    const refusal = await refusalOf(port, addresses, tcp);
    if (refusal === null) free.push(port);
    else refusals.push(refusal);
  }
  const where = addresses.map(({ address }) => address).join(', ');
  const protocols = tcp ? 'UDP and TCP' : 'UDP';
  const told = refusals.slice(0, TOLD_REFUSALS).join(', ') + (refusals.length > TOLD_REFUSALS ? ', …' : '');
  if (free.length >= workers) {
    const passed = refusals.length === 0 ? '' : ` (not to be had: ${told})`;
    return [
      ok(
        NAME,
        `${protocols} ${free.join(', ')} on ${where} for ${workers} ${workers === 1 ? 'worker' : 'workers'}${passed}`,
      ),
    ];
  }
  const message = `${free.length} of the ${workers} ports that the workers need are free from ${portMin} to ${portMax} on ${where}: ${told}`;
  if (isRunning) return [warning(NAME, message, 'nothing, if the kraken that is up has the others')];
  return [
    problem(NAME, message, 'end what has these ports, or choose others with [engine] port-min and port-max'),
  ];
}

/** @returns null when the port is free on all addresses */
async function refusalOf(
  port: number,
  addresses: readonly BindAddress[],
  tcp: boolean,
): Promise<string | null> {
  for (const { family, address } of addresses) {
    const udpCode = await probeUdp(family, address, port);
    if (udpCode !== null) return `UDP ${port} on ${address}: ${udpCode}`;
    const tcpCode = tcp ? await probeTcp(address, port) : null;
    if (tcpCode !== null) return `TCP ${port} on ${address}: ${tcpCode}`;
  }
  return null;
}
