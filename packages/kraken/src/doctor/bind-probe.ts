/** Finds out whether a port is to be had, by taking it for a moment. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { getSystemErrorName } from 'node:util';

/** @returns null when it could be had, else the system's name of the error, such as EADDRINUSE */
export function probeTcp(host: string, port: number): Promise<string | null> {
  return new Promise((fulfil) => {
    const server = createServer();
    server.once('error', (error) => fulfil(codeOf(error)));
    server.listen({ host, port, exclusive: true, ipv6Only: false }, () => server.close(() => fulfil(null)));
  });
}

/** As probeTcp. */
export function probeUdp(family: 'IPv4' | 'IPv6', address: string, port: number): Promise<string | null> {
  return new Promise((fulfil) => {
    const socket = createSocket(family === 'IPv4' ? { type: 'udp4' } : { type: 'udp6', ipv6Only: true });
    socket.once('error', (error) => {
      socket.close();
      fulfil(codeOf(error));
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => fulfil(null)));
  });
}

function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'errno' in error && typeof error.errno === 'number'
    ? getSystemErrorName(error.errno)
    : error.message;
}
