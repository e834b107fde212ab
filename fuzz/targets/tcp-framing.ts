import { FrameDecoder, MAX_FRAME_LENGTH } from '../../packages/engine/src/media/tcp/framing.js';
import { OctetReader } from '../input/octet-reader.js';
import { type FuzzTarget, promise } from '../target.js';

/** Frames over TCP are the same however the stream is cut. The first octets say where to cut. */
const CUTS = 8;

export const tcpFraming: FuzzTarget = {
  name: 'tcp-framing',
  maxLength: 600,
  seeds: () => [
    Uint8Array.of(1, 1, 1, 3, 5, 8, 13, 0, 0, 3, 1, 2, 3, 0, 0, 0, 2, 7, 8),
    Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0x01, 9, 9),
    Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0x00, 9, 9),
  ],
  prepare: () => (input) => {
    const stream = input.subarray(CUTS);
    const whole = decode([stream]);
    const pieces = decode(cut(stream, new OctetReader(input.subarray(0, CUTS))));
    promise(JSON.stringify(whole) === JSON.stringify(pieces), 'cuts do not matter');
    promise(
      JSON.stringify(decode([...stream].map((octet) => Uint8Array.of(octet)))) === JSON.stringify(whole),
      'single octets do',
    );
    promise(JSON.stringify(whole) === JSON.stringify(expected(stream)), 'frames are those of RFC 4571');
  },
};

interface Decoded {
  readonly frames: string[];
  readonly error: string | null;
}

function cut(stream: Uint8Array, reader: OctetReader): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let start = 0;
  while (start < stream.length && !reader.isAtEnd) {
    const end = start + reader.octet();
    pieces.push(stream.slice(start, end));
    start = end;
  }
  return [...pieces, stream.slice(start)];
}

function decode(pieces: readonly Uint8Array[]): Decoded {
  const decoder = new FrameDecoder();
  const frames: string[] = [];
  let error: string | null = null;
  for (const piece of pieces) {
    error = decoder.push(piece, (bytes, offset, length) =>
      frames.push(Buffer.from(bytes.subarray(offset, offset + length)).toString('hex')),
    );
  }
  return { frames, error };
}

function expected(stream: Uint8Array): Decoded {
  const view = Buffer.from(stream);
  const frames: string[] = [];
  for (let at = 0; at + 2 <= view.length; ) {
    const length = view.readUInt16BE(at);
    if (length > MAX_FRAME_LENGTH) return { frames, error: 'frame-too-long' };
    at += 2 + length;
    if (at > view.length) break;
    if (length > 0) frames.push(view.toString('hex', at - length, at));
  }
  return { frames, error: null };
}
