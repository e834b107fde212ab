/** The addresses at which clients are told to send media. */
import { isIP } from 'node:net';
import { isPublicAddress } from '@kraken/engine/internal/callback/public-address';
import type { BindAddress } from '@kraken/engine/internal/config/network-interfaces';
import { type Finding, ok, problem, warning } from '../finding.js';

const NAME = 'address';
const UNSPECIFIED: readonly string[] = ['0.0.0.0', '::'];
const LOOPBACK = /^(127\.|::1$)/;
const SET_ADDRESS =
  'clients elsewhere: set [engine] address to the public address, which a 1:1 NAT has to map to this machine';

/** @param addresses as the engine would choose them */
export async function checkAnnouncedAddresses(
  addresses: readonly BindAddress[],
): Promise<readonly Finding[]> {
  const announced = [...new Set(addresses.map((address) => address.announced))];
  const own = new Set(addresses.map(({ address }) => address));
  const findings = announced.map((address) => findingOf(address, own.has(address)));
  const isReachable = announced.some(isPublicAddress);
  // An IPv6 address of the local network beside a public IPv4 address hurts nobody: clients try both.
  return isReachable ? findings.filter(({ level }) => level !== 'warning') : findings;
}

function findingOf(address: string, isOwn: boolean): Finding {
  if (isIP(address) === 0 || UNSPECIFIED.includes(address)) {
    return problem(
      NAME,
      `${address} is announced, where nobody can send to`,
      'leave [engine] address empty, or set a real one',
    );
  }
  if (LOOPBACK.test(address)) {
    return warning(NAME, `${address} is announced: only clients on this machine reach it`, SET_ADDRESS);
  }
  if (!isPublicAddress(address)) {
    return warning(NAME, `${address} is announced: only clients of this network reach it`, SET_ADDRESS);
  }
  if (isOwn) return ok(NAME, `${address} is announced, a public address of this machine`);
  return ok(
    NAME,
    `${address} is announced in place of this machine's own: a 1:1 NAT has to map it, all media ports unchanged`,
  );
}
