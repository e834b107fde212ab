/** Keeps a load from servers that are not this machine, unless it is said that they may be loaded. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** @throws Error of one line when the name does not resolve, or leads elsewhere */
export async function requireLoopback({ hostname }: URL): Promise<void> {
  const name = hostname.replace(/^\[|]$/g, '');
  const addresses = await lookup(name, { all: true }).catch(() => {
    throw new Error(`${name} does not resolve`);
  });
  const elsewhere = addresses.find(({ address }) => !isLoopback(address));
  if (elsewhere === undefined) return;
  throw new Error(
    `${name} (${elsewhere.address}) is not the loopback: --yes-load-this-server, if you may load that server`,
  );
}

/** @returns whether it is an address of this machine: an engine on the loopback may take media at others of them */
export function isOfThisMachine(address: string): boolean {
  const interfaces = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return isLoopback(address) || interfaces.some((entry) => entry.address === address);
}

function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
