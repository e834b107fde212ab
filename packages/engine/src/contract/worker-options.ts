/** What a media worker is started with, and what one leaves to the next. */
import type { WorkerIndex } from './identifiers.js';

/**
 * Descriptors that belong to the process and not to the thread: they stay open should the worker die. The thread that
 * replaces it closes its sockets, and goes on with the descriptor by which other workers wake it.
 */
export interface WorkerDescriptors {
  readonly sockets: readonly number[];
  readonly wake: number;
}

/** Of connections for media. */
export interface TcpLimits {
  /** Octets that are read of a connection that has not carried a valid connectivity check. */
  readonly octets: number;
  /** How many of those of one address, or of one network of IPv6, are open at the same time. */
  readonly perAddress: number;
  /** Connections that are open at the same time, all of them. */
  readonly connections: number;
}

/** What a media worker needs to start; given as `workerData`. */
export interface WorkerOptions {
  readonly index: WorkerIndex;
  /** Local addresses to bind, each with the address to announce in its place. */
  readonly bind: readonly {
    readonly family: 'IPv4' | 'IPv6';
    readonly address: string;
    readonly announced: string;
  }[];
  /** Ports to try in turn, inclusive; the same port is used for UDP and TCP on every address. */
  readonly portMin: number;
  readonly portMax: number;
  /** Whether ICE-TCP passive candidates are served. */
  readonly tcp: boolean;
  /** What a TCP connection may take before a valid connectivity check has come over it. */
  readonly tcpLimits: TcpLimits;
  /** `batched` needs Linux; `dgram` works everywhere; `auto` takes the best that works. */
  readonly io: 'auto' | 'batched' | 'dgram';
  /** How losses are repaired: by sending again, and by RED where it is accepted. */
  readonly recovery: { readonly retransmission: boolean; readonly redundancy: boolean };
  /** The engine's self-signed certificate and private key (PKCS #8), both DER. */
  readonly certificate: { readonly certificate: Uint8Array; readonly privateKey: Uint8Array };
  /** What a dead worker left behind that this one replaces, or null. */
  readonly inherited: WorkerDescriptors | null;
  /** The 32-bit word of shared memory that the worker adds 1 to in each of its turns, at least once a second; or null. */
  readonly heartbeat: { readonly buffer: SharedArrayBuffer; readonly index: number } | null;
}
