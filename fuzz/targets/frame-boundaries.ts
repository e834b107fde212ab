import { FrameBoundaries } from '../../packages/monitor/src/live/frame-boundaries.js';
import { type FuzzTarget, promise } from '../target.js';

/** Where the frames of WebSockets end, which monitors pass on: the same however the stream is cut. */
export const frameBoundaries: FuzzTarget = {
  name: 'frame-boundaries',
  maxLength: 400,
  seeds: () => [
    Uint8Array.of(0x81, 0x03, 1, 2, 3, 0x89, 0x80, 1, 2, 3, 4),
    Uint8Array.of(0x82, 0x7e, 0x00, 0x02, 7, 7),
    Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 9),
  ],
  prepare: () => (input) => {
    const whole = new FrameBoundaries();
    whole.pass(input);
    const single = new FrameBoundaries();
    for (const octet of input) single.pass(Uint8Array.of(octet));
    promise(whole.isBetweenFrames === single.isBetweenFrames, 'cuts do not matter');
    promise(whole.isBetweenFrames === endsWithFrame(Buffer.from(input)), 'it is as RFC 6455 says');
  },
};

function endsWithFrame(stream: Buffer): boolean {
  let at = 0;
  while (at + 2 <= stream.length) {
    const second = stream.readUInt8(at + 1);
    const mask = second >= 0x80 ? 4 : 0;
    const octets = [2, 8][(second & 0x7f) - 126] ?? 0;
    if (at + 2 + octets > stream.length) return false;
    const long =
      octets === 2 ? stream.readUInt16BE(at + 2) : octets === 8 ? Number(stream.readBigUInt64BE(at + 2)) : 0;
    at += 2 + octets + mask + (octets === 0 ? second & 0x7f : long);
  }
  return at === stream.length;
}
