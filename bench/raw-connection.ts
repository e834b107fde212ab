/** Connections of those who do not keep to HTTP. */
import { connect, type Socket } from 'node:net';

/**
 * @param url of the API
 * @param from the address of this machine that it is to come from; any when left out
 */
export function httpSocket(url: string, from?: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({
    port: Number(port),
    host: hostname,
    ...(from === undefined ? {} : { localAddress: from }),
  });
}

/** Of the last octet, 1 to 254. */
const HOSTS = 254;
const NETWORKS = 256;

/** @returns one of some sixteen million addresses of the loopback interface, from 127.1.0.1 on */
export function loopbackAddress(place: number): string {
  const network = Math.floor(place / HOSTS);
  const first = 1 + (Math.floor(network / NETWORKS) % HOSTS);
  return `127.${first}.${network % NETWORKS}.${1 + (place % HOSTS)}`;
}
