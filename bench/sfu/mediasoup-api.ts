/**
 * What the benchmark uses of mediasoup's documented API (mediasoup.org/documentation/v3/mediasoup/api), and where it
 * finds it: mediasoup is no dependency of the project's, but can be installed beside it.
 */
import { createRequire } from 'node:module';
import path from 'node:path';

export interface Mediasoup {
  readonly version: string;
  /** Path of the worker's program: MEDIASOUP_WORKER_BIN, or where the package's own would be. */
  readonly workerBin: string;
  createWorker(settings: {
    readonly logLevel: 'warn';
    readonly rtcMinPort: number;
    readonly rtcMaxPort: number;
  }): Promise<Worker>;
}

export interface Worker {
  on(event: 'died', listener: (error: Error) => void): void;
  close(): void;
  createRouter(options: { readonly mediaCodecs: readonly CodecCapability[] }): Promise<Router>;
}

export interface Router {
  readonly rtpCapabilities: RtpCapabilities;
  createWebRtcTransport(options: {
    readonly listenIps: readonly { readonly ip: string }[];
    readonly enableUdp: boolean;
  }): Promise<WebRtcTransport>;
}

export interface WebRtcTransport {
  readonly id: string;
  readonly iceParameters: { readonly usernameFragment: string; readonly password: string };
  readonly iceCandidates: readonly { readonly ip: string; readonly port: number }[];
  readonly dtlsParameters: { readonly fingerprints: readonly Fingerprint[] };
  connect(options: {
    readonly dtlsParameters: { readonly role: 'client'; readonly fingerprints: readonly Fingerprint[] };
  }): Promise<void>;
  produce(options: { readonly kind: 'audio'; readonly rtpParameters: RtpParameters }): Promise<Producer>;
  consume(options: {
    readonly producerId: string;
    readonly rtpCapabilities: RtpCapabilities;
  }): Promise<Consumer>;
  close(): void;
}

export interface Producer {
  readonly id: string;
}

export interface Consumer {
  readonly rtpParameters: { readonly encodings: readonly { readonly ssrc?: number }[] };
}

export interface Fingerprint {
  readonly algorithm: string;
  readonly value: string;
}

export interface CodecCapability {
  readonly kind: 'audio';
  readonly mimeType: string;
  readonly clockRate: number;
  readonly channels: number;
}

export interface RtpCapabilities {
  readonly codecs: readonly CodecCapability[];
  readonly headerExtensions: readonly { readonly kind: string; readonly uri: string }[];
}

/** What a publisher says of its stream. */
export interface RtpParameters {
  readonly codecs: readonly {
    readonly mimeType: string;
    readonly payloadType: number;
    readonly clockRate: number;
    readonly channels: number;
  }[];
  readonly headerExtensions: readonly { readonly uri: string; readonly id: number }[];
  readonly encodings: readonly { readonly ssrc: number }[];
  readonly rtcp: { readonly cname: string };
}

/** @returns the installed package, or null when there is none that loads */
export function loadMediasoup(): Mediasoup | null {
  const require = createRequire(import.meta.url);
  try {
    return require(require.resolve('mediasoup', { paths: placesAbove(import.meta.dirname) }));
  } catch {
    return null;
  }
}

/** The folder's own parents, and below each of them the place where install-mediasoup.mjs puts it. */
function placesAbove(folder: string): string[] {
  const parent = path.dirname(folder);
  const places = [folder, path.join(folder, 'artifacts/mediasoup')];
  return parent === folder ? places : [...places, ...placesAbove(parent)];
}
