import type { WorkerOptions } from '../contract/worker-options.js';
import type { WorkerMemory } from './memory.js';
import type { TcpConnections } from './tcp/connections.js';
import { BatchedSockets } from './udp/batched-sockets.js';
import { DgramSockets } from './udp/datagram-sockets.js';
import { hasBatchedCalls, type LibC } from './udp/libc.js';
import { closeLeftSocket } from './udp/media-socket.js';
import { type DatagramSockets, SocketError } from './udp/sockets.js';

export interface Listening {
  readonly sockets: DatagramSockets;
  readonly port: number;
}

/** Whether the worker sends and receives by batched calls. */
export function usesBatchedCalls(io: WorkerOptions['io']): boolean {
  if (io === 'batched' && !hasBatchedCalls()) {
    throw new Error(`[engine] io = "batched": not available on ${process.platform} ${process.arch}`);
  }
  return io !== 'dgram' && hasBatchedCalls();
}

/**
 * Binds the first port of the range that is free on every address, for UDP and, where wanted, TCP.
 * @param calls null for `dgram`
 * @param tcp null where TCP is not served
 * @throws Error of one line that names the keys and values at fault
 */
export async function listen(
  options: WorkerOptions,
  memory: WorkerMemory,
  calls: LibC | null,
  tcp: TcpConnections | null,
): Promise<Listening> {
  const { portMin, portMax, bind, inherited } = options;
  if (calls !== null) {
    for (const descriptor of inherited?.sockets ?? []) closeLeftSocket(calls, descriptor, portMin);
  }
  const wake = inherited?.wake ?? null;
  for (let port = portMin; port <= portMax; port++) {
    try {
      return { sockets: await listenOn(port, bind, memory, calls, tcp, wake), port };
    } catch (error) {
      await tcp?.stop();
      if (!(error instanceof SocketError)) throw error;
      if (error.code === 'EADDRINUSE') continue;
      throw new Error(`cannot listen for media on ${error.message}`);
    }
  }
  const addresses = bind.map(({ address }) => address).join(', ');
  throw new Error(
    `[engine] port-min = ${portMin}, port-max = ${portMax}: no port of this range is free on ${addresses}`,
  );
}

async function listenOn(
  port: number,
  bind: WorkerOptions['bind'],
  memory: WorkerMemory,
  calls: LibC | null,
  tcp: TcpConnections | null,
  inheritedWake: number | null,
): Promise<DatagramSockets> {
  if (tcp !== null) for (const { family, address } of bind) await tcp.listen(family, address, port);
  return calls === null
    ? await DgramSockets.open(memory, bind, port)
    : new BatchedSockets(calls, memory, bind, port, inheritedWake);
}
