/** Chooses the addresses on which media is taken, out of the machine's interfaces. */
import { isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { describeFault } from '@kraken/edge/config/configuration-error';
import { StartError } from '@kraken/edge/config/start-error';
import type { WorkerOptions } from '../contract/worker-options.js';
import type { EngineConfig } from './engine-config.js';

export type BindAddress = WorkerOptions['bind'][number];
/** As node:os networkInterfaces() returns them. */
export type NetworkInterfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** fe80::/10; such an address means nothing without a zone, which candidates cannot carry. */
const LINK_LOCAL_IPV6 = /^fe[89ab]/i;
const LINK_LOCAL_IPV4 = /^169\.254\./;

/**
 * With interfaces named, all their addresses; with none named, all addresses that other hosts can reach, or else
 * those of the loopback. Link-local IPv6 addresses never.
 *
 * @param interfaces the machine's
 * @param config names the interfaces and the addresses to announce in place of their own
 * @returns at least one address, none twice
 * @throws StartError when an interface is not there or has no address, or there is none at all: it may be there later
 */
export function chooseAddresses(interfaces: NetworkInterfaces, config: EngineConfig): readonly BindAddress[] {
  const { interfaces: names, announced } = config.media;
  const chosen =
    names.length > 0 ? names.flatMap((name) => addressesOf(interfaces, name, config)) : reachable(interfaces);
  if (chosen.length === 0) {
    throw absence(config, '', 'this machine has no network address');
  }
  return [...new Set(chosen)].map((address) => {
    const family = isIPv4(address) ? 'IPv4' : 'IPv6';
    const replacement = announced.find((other) => isIPv4(other) === isIPv4(address));
    return { family, address, announced: replacement ?? address };
  });
}

function addressesOf(interfaces: NetworkInterfaces, name: string, config: EngineConfig): readonly string[] {
  const entries = Object.hasOwn(interfaces, name) ? interfaces[name] : undefined;
  if (entries === undefined) {
    const problem = `no such interface with an address; there are ${Object.keys(interfaces).join(', ')}`;
    throw absence(config, name, problem);
  }
  const addresses = entries.map(({ address }) => address).filter((address) => !LINK_LOCAL_IPV6.test(address));
  if (addresses.length === 0) {
    throw absence(config, name, 'it has link-local addresses only');
  }
  return addresses;
}

function absence({ source }: EngineConfig, name: string, problem: string): StartError {
  return new StartError(describeFault(source, 'engine', 'interface', name, problem));
}

function reachable(interfaces: NetworkInterfaces): readonly string[] {
  const all = Object.values(interfaces)
    .flatMap((entries) => entries ?? [])
    .filter(({ address }) => !LINK_LOCAL_IPV6.test(address) && !LINK_LOCAL_IPV4.test(address));
  const external = all.filter(({ internal }) => !internal);
  return (external.length > 0 ? external : all).map(({ address }) => address);
}
