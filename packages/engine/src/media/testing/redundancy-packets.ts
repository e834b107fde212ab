/** Payloads of RED for tests, written and read after RFC 2198 section 3, apart from the code under test. */

export interface RedundantBlock {
  readonly payloadType: number;
  /** Ticks before the primary block. */
  readonly timestampOffset: number;
  readonly data: Uint8Array;
}

export interface Redundancy {
  /** Oldest first. */
  readonly blocks: readonly RedundantBlock[];
  readonly payloadType: number;
  readonly primary: Uint8Array;
}

export function buildRedundancy({ blocks, payloadType, primary }: Redundancy): Buffer {
  const headers = blocks.map((block) => {
    const header = Buffer.alloc(4);
    const fields = block.timestampOffset * 0x400 + block.data.length;
    header.writeUInt32BE((0x80 + block.payloadType) * 2 ** 24 + fields);
    return header;
  });
  return Buffer.concat([...headers, Uint8Array.of(payloadType), ...blocks.map(({ data }) => data), primary]);
}

/** @throws RangeError when it ends too early */
export function parseRedundancy(payload: Buffer): Redundancy {
  const headers: { payloadType: number; timestampOffset: number; length: number }[] = [];
  let at = 0;
  for (; (payload.readUInt8(at) & 0x80) !== 0; at += 4) {
    const word = payload.readUInt32BE(at);
    const timestampOffset = Math.floor(word / 0x400) % 0x4000;
    headers.push({ payloadType: (word >>> 24) & 0x7f, timestampOffset, length: word % 0x400 });
  }
  const payloadType = payload.readUInt8(at++);
  const blocks = headers.map(({ length, ...header }) => {
    const data = payload.subarray(at, at + length);
    at += length;
    return { ...header, data };
  });
  return { blocks, payloadType, primary: payload.subarray(at) };
}
