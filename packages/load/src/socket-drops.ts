/** Datagrams that the kernel threw away because a socket's receive buffer was full, as /proc/net/udp counts them. */
import { readFileSync } from 'node:fs';

/** @returns datagrams dropped so far by the sockets that are bound to these ports */
export function readSocketDrops(ports: ReadonlySet<number>): number {
  return sumSocketDrops(readFileSync('/proc/net/udp', 'utf8'), ports);
}

/** Lines are `slot: address:port …`, with the port in hexadecimal and the drops in the last field; proc(5). */
export function sumSocketDrops(table: string, ports: ReadonlySet<number>): number {
  let drops = 0;
  for (const line of table.trimEnd().split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const port = Number.parseInt(fields[1]?.split(':')[1] ?? '', 16);
    if (ports.has(port)) drops += Number(fields.at(-1));
  }
  return drops;
}
