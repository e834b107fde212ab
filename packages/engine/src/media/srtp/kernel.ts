/**
 * The kernel's functions: WebAssembly that reads and writes worker memory at byte offsets. They trap, which throws a
 * `WebAssembly.RuntimeError`, when a length is beyond the limits of layout.ts or a lane is beyond LANES.
 */
export interface KernelFunctions {
  /**
   * Protects one packet for all subscribers of a publication and queues it in their transmit rings.
   *
   * @param plan offset of an array of plan entries
   * @param planLength how many
   * @param packet offset of a RTP packet in canonical form: the fixed header, CSRCs, and when X is set exactly
   *   `BE DE 00 01`, an element octet, a level octet and two zeros. INPUT_SPARE octets behind it may be read.
   * @param headerLength octets, at most MAX_HEADER_LENGTH
   * @param payloadLength octets, at most MAX_PAYLOAD_LENGTH
   * @param output offset of planLength * LANES slots
   * @param outputStride octets from slot to slot, at least headerLength + payloadLength + OUTPUT_SPARE
   * @returns how many packets were queued. Lanes whose ring was full are counted at FULL_RING_COUNT.
   */
  fanOut(
    plan: number,
    planLength: number,
    packet: number,
    headerLength: number,
    payloadLength: number,
    output: number,
    outputStride: number,
  ): number;
  /**
   * Derives one lane's session keys; the lane's destination and the other lanes stay as they are.
   *
   * @param masterKey offset of MASTER_KEY_LENGTH octets
   * @param masterSalt offset of MASTER_SALT_LENGTH octets
   */
  writeKeyGroupLane(keyGroup: number, lane: number, masterKey: number, masterSalt: number): void;
  /** Wipes one lane with its destination; the other lanes stay as they are. */
  clearKeyGroupLane(keyGroup: number, lane: number): void;
  /**
   * Derives the session keys of a StreamCipher.
   *
   * @param firstLabel RTP_LABELS or RTCP_LABELS
   */
  writeStreamCipher(cipher: number, masterKey: number, masterSalt: number, firstLabel: number): void;
  /**
   * Verifies a SRTP packet and only then decrypts it in place.
   *
   * @param headerLength octets that are not encrypted
   * @param length octets with the tag: at least headerLength + TAG_LENGTH, at most MAX_STREAM_PACKET_LENGTH
   * @param roc rollover counter to try
   * @returns 1, or 0 when the packet is not authentic; then nothing was written
   */
  unprotectRtp(cipher: number, packet: number, headerLength: number, length: number, roc: number): number;
  /**
   * Encrypts a RTCP packet in place and appends the SRTCP trailer.
   *
   * @param length octets, at least 8
   * @param index of 31 bits, never used before with this cipher
   * @returns octets with the trailer
   */
  protectRtcp(cipher: number, packet: number, length: number, index: number): number;
  /**
   * Verifies a SRTCP packet and only then decrypts it in place, unless its E flag says that it is plain.
   *
   * @param length octets: at least 8 + SRTCP_TRAILER_LENGTH, at most MAX_STREAM_PACKET_LENGTH
   * @returns octets without the trailer, or -1 when the packet is not authentic; then nothing was written
   */
  unprotectRtcp(cipher: number, packet: number, length: number): number;
  /**
   * HMAC-SHA1 (RFC 2104) of anything in worker memory. INPUT_SPARE octets behind message and output may be read.
   *
   * @param key offset of `keyLength` octets, at most MAX_HMAC_KEY_LENGTH
   * @param message offset of `length` octets, at most MAX_STREAM_PACKET_LENGTH
   * @param output offset of the 20 octets that are written
   */
  hmacSha1(key: number, keyLength: number, message: number, length: number, output: number): void;
  /**
   * Makes one message of several in a ring that go to the same destination, for the operating system to cut them
   * apart again (UDP_SEGMENT, udp(7)): packets of one length, only the last may be shorter. Each destination gets its
   * packets in the order in which they were queued. The ring stays as it is.
   *
   * @param ring offset of a TransmitRing
   * @param area offset of a MergeArea
   * @returns how many messages stand in the area
   */
  mergeMessages(ring: number, area: number): number;
  /** Tells the kernel the absolute address of offset 0, in two halves of 32 bits. */
  setMemoryBase(low: number, high: number): void;
}

/** The kernel over one worker's memory. */
export interface Kernel extends KernelFunctions {
  readonly memory: WebAssembly.Memory;
}

const FUNCTIONS: readonly (keyof KernelFunctions)[] = [
  'fanOut',
  'writeKeyGroupLane',
  'clearKeyGroupLane',
  'writeStreamCipher',
  'unprotectRtp',
  'protectRtcp',
  'unprotectRtcp',
  'hmacSha1',
  'mergeMessages',
  'setMemoryBase',
];

function hasFunctions(
  exports: Record<string, unknown>,
): exports is Record<string, unknown> & KernelFunctions {
  return FUNCTIONS.every((name) => typeof exports[name] === 'function');
}

/**
 * @param bytes contents of kernel.wasm
 * @throws WebAssembly.CompileError when they are not a WebAssembly module
 */
export function compileKernel(bytes: Uint8Array): WebAssembly.Module {
  return new WebAssembly.Module(bytes);
}

/**
 * @param memory of a worker; its first page becomes the kernel's
 * @throws Error when the module is not a kernel, or not this engine's
 */
export function instantiateKernel(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernel {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  if (!hasFunctions(exports)) throw new Error('kernel.wasm lacks functions that this engine needs');
  const { fanOut, writeKeyGroupLane, clearKeyGroupLane, writeStreamCipher } = exports;
  const { unprotectRtp, protectRtcp, unprotectRtcp, hmacSha1, mergeMessages, setMemoryBase } = exports;
  return {
    memory,
    fanOut,
    writeKeyGroupLane,
    clearKeyGroupLane,
    writeStreamCipher,
    unprotectRtp,
    protectRtcp,
    unprotectRtcp,
    hmacSha1,
    mergeMessages,
    setMemoryBase,
  };
}
