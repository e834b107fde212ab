/** Which proxies are believed when they say whom a request comes from; `[rpc] trusted-proxies` of a configuration. */
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { plainAddress } from './address.js';

/** How many proxies in a row are looked behind. */
const MAX_PROXIES = 16;
const CIDR = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/;
const IPV4_BITS = 32;
const IPV6_BITS = 128;
/** `192.0.2.1:4711` and `[2001:db8::1]:4711`, as some proxies write. */
const WITH_PORT = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d+)?$/;

/** @returns whether the text is an address, or a network such as `10.0.0.0/8` */
export function isNetwork(text: string): boolean {
  const [, address = '', bits] = CIDR.exec(text) ?? [];
  if (isIP(address) === 0) return false;
  return bits === undefined || Number(bits) <= (isIPv4(address) ? IPV4_BITS : IPV6_BITS);
}

export class TrustedProxies {
  readonly #networks = new BlockList();
  readonly #isEmpty: boolean;

  /** @param networks each isNetwork() */
  constructor(networks: readonly string[]) {
    this.#isEmpty = networks.length === 0;
    for (const network of networks) {
      const [, address = '', bits] = CIDR.exec(network) ?? [];
      const family = isIPv4(address) ? 'ipv4' : 'ipv6';
      if (bits === undefined) this.#networks.addAddress(address, family);
      else this.#networks.addSubnet(address, Number(bits), family);
    }
  }

  /** @param address plain */
  has(address: string): boolean {
    if (this.#isEmpty) return false;
    if (isIPv4(address)) return this.#networks.check(address, 'ipv4');
    return isIPv6(address) && this.#networks.check(address, 'ipv6');
  }

  /**
   * Each proxy adds the address that it was called from at the right end. So it is read from there, and what stands left of
   * the first address that is no trusted proxy's may be anybody's invention.
   *
   * @param address from which the request came, plain
   * @param forwarded the header X-Forwarded-For
   * @param isTrusted whether that address is to be believed whatever it is
   * @returns the address that the request comes from as far as it can be known
   */
  clientOf(address: string, forwarded: string | undefined, isTrusted = this.has(address)): string {
    if (!isTrusted || forwarded === undefined) return address;
    let client = address;
    for (const entry of forwarded.split(',').reverse().slice(0, MAX_PROXIES)) {
      const named = addressIn(entry.trim());
      if (named === null) return client;
      client = named;
      if (!this.has(client)) return client;
    }
    return client;
  }
}

/** @returns the address, plain, or null when there is none */
function addressIn(entry: string): string | null {
  const [, bracketed, dotted] = WITH_PORT.exec(entry) ?? [];
  const address = plainAddress(bracketed ?? dotted ?? entry);
  return isIP(address) === 0 ? null : address;
}
