/**
 * What SRTP costs per packet: the WebAssembly kernel and node:crypto in this process and by turns, so that a busy
 * machine slows both, and native code where a C compiler is at hand.
 */
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { compileNative, NativeError, type NativeProgram, runNative } from '../native/compile.js';
import { median } from '../report/statistics.js';
import { GROUPS, HEADER_LENGTH, KernelUnderTest } from './kernel-under-test.js';

export const PAYLOADS = [20, 60, 100, 160, 400, 1200];
const LANES = [1, 2, 3, 4];
const TAG_LENGTH = 10;
/** Many short rounds: few of them are interrupted by what else the machine does. */
const ROUNDS = 300;
const WARM_UP_ROUNDS = 60;
/** Packets of a round by node:crypto, and by the kernel's unprotect. */
const PACKETS = 32;

/** Nanoseconds per packet. */
export interface Nanoseconds {
  readonly protect: number;
  readonly unprotect: number;
}

export interface CryptoSpeed {
  readonly payloadLength: number;
  /** By how many of a group's four lanes are filled: 1, 2, 3, 4. Per packet, in nanoseconds. */
  readonly kernelProtect: readonly number[];
  readonly kernelUnprotect: number;
  readonly nodeCrypto: Nanoseconds;
  /** C with AES-NI and SHA-NI. */
  readonly hardware: Nanoseconds | null;
  readonly libsrtp: Nanoseconds | null;
}

export interface CryptoSpeeds {
  readonly speeds: readonly CryptoSpeed[];
  /** What is not measured, and why. */
  readonly notes: readonly string[];
}

/** @param root the repository */
export function measureCrypto(root: string): CryptoSpeeds {
  const { program, notes } = compileSpeed(root);
  const speeds = PAYLOADS.map((payloadLength) => {
    const native = program === null ? null : nativeSpeed(program, payloadLength);
    return {
      ...measureInProcess(payloadLength),
      hardware: native?.hardware ?? null,
      libsrtp: native?.libsrtp ?? null,
    };
  });
  const lacksHardware = program !== null && speeds.every(({ hardware }) => hardware === null);
  return { speeds, notes: lacksHardware ? [...notes, 'This processor lacks AES-NI or SHA-NI.'] : notes };
}

type InProcessSpeed = Omit<CryptoSpeed, 'hardware' | 'libsrtp'>;

function measureInProcess(payloadLength: number): InProcessSpeed {
  const kernels = LANES.map((lanes) => new KernelUnderTest(payloadLength, lanes));
  const unprotected = new KernelUnderTest(payloadLength, 1);
  const node = new NodeCrypto(payloadLength);
  const runs = [
    ...kernels.map((kernel) => ({ packets: GROUPS * kernel.lanes, run: () => kernel.protectAll() })),
    { packets: PACKETS, run: () => repeat(() => unprotected.unprotect()) },
    { packets: PACKETS, run: () => repeat(() => node.protect()) },
    { packets: PACKETS, run: () => repeat(() => node.unprotect()) },
  ];
  const rounds = runs.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    for (const [place, { packets, run }] of runs.entries()) {
      const nanoseconds = time(run) / packets;
      if (round >= 0) rounds[place]?.push(nanoseconds);
    }
  }
  const medians = rounds.map(median);
  const [kernelUnprotect = 0, protect = 0, unprotect = 0] = medians.slice(LANES.length);
  const kernelProtect = medians.slice(0, LANES.length);
  return { payloadLength, kernelProtect, kernelUnprotect, nodeCrypto: { protect, unprotect } };
}

/** @returns nanoseconds */
function time(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start);
}

function repeat(run: () => void): void {
  for (let i = 0; i < PACKETS; i++) run();
}

/** A cipher and an HMAC per packet, since neither can be used again. */
class NodeCrypto {
  readonly #key = randomBytes(16);
  readonly #authenticationKey = randomBytes(20);
  readonly #counterBlock = randomBytes(16);
  readonly #roc = Buffer.alloc(4);
  readonly #packet: Buffer;
  readonly #end: number;

  constructor(payloadLength: number) {
    this.#end = HEADER_LENGTH + payloadLength;
    this.#packet = randomBytes(this.#end + TAG_LENGTH);
  }

  protect(): void {
    this.#cipher();
    this.#tag().copy(this.#packet, this.#end, 0, TAG_LENGTH);
  }

  unprotect(): void {
    this.#tag().compare(this.#packet, this.#end, this.#end + TAG_LENGTH, 0, TAG_LENGTH);
    this.#cipher();
  }

  #cipher(): void {
    const cipher = createCipheriv('aes-128-ctr', this.#key, this.#counterBlock);
    cipher.update(this.#packet.subarray(HEADER_LENGTH, this.#end)).copy(this.#packet, HEADER_LENGTH);
  }

  #tag(): Buffer {
    const hmac = createHmac('sha1', this.#authenticationKey);
    return hmac.update(this.#packet.subarray(0, this.#end)).update(this.#roc).digest();
  }
}

interface NativeSpeed {
  readonly hardware: Nanoseconds | null;
  readonly libsrtp: Nanoseconds | null;
}

function compileSpeed(root: string): { program: NativeProgram | null; notes: string[] } {
  try {
    return {
      program: compileNative(root, 'srtp_speed', ['-DWITH_LIBSRTP', '-lsrtp2']),
      notes: [],
    };
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
  }
  try {
    const program = compileNative(root, 'srtp_speed');
    return { program, notes: ['libsrtp is not measured: Debian has it in the package libsrtp2-dev.'] };
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    return { program: null, notes: [`Native code is not measured: ${error.message}.`] };
  }
}

function nativeSpeed(program: NativeProgram, payloadLength: number): NativeSpeed {
  const speed = runNative(program, [String(payloadLength)]);
  if (!isNativeSpeed(speed)) throw new Error(`srtp_speed printed ${JSON.stringify(speed)}`);
  return speed;
}

function isNativeSpeed(speed: unknown): speed is NativeSpeed {
  return typeof speed === 'object' && speed !== null && 'hardware' in speed && 'libsrtp' in speed;
}
