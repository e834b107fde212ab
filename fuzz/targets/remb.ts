import {
  CompoundCursor,
  RTCP_ACCEPTED,
  writeReceiverEstimate,
} from '../../packages/engine/src/media/rtcp/index.js';
import { MAX_ESTIMATED_SOURCES, MAX_REMB_LENGTH } from '../../packages/engine/src/media/rtcp/remb.js';
import { OctetReader } from '../input/octet-reader.js';
import { type FuzzTarget, promise } from '../target.js';

const REMB = 'REMB';

/** Estimates that the engine writes say the bitrate, as exactly as 18 bits can, and the sources that were given. */
export const remb: FuzzTarget = {
  name: 'remb',
  maxLength: 4 + 4 * MAX_ESTIMATED_SOURCES,
  seeds: () => [Uint8Array.of(0, 1, 0, 0, 1, 2, 3, 4), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1)],
  prepare: () => {
    const cursor = new CompoundCursor();
    return (input) => {
      const reader = new OctetReader(input);
      const bitrate = reader.uint32();
      const sources = new Uint32Array(Math.min(MAX_ESTIMATED_SOURCES, Math.max(0, (input.length - 4) >> 2)));
      for (let i = 0; i < sources.length; i++) sources[i] = reader.uint32();
      const bytes = Buffer.alloc(MAX_REMB_LENGTH);
      const length = writeReceiverEstimate(bytes, 0, 9, bitrate, sources, sources.length);
      promise(cursor.open(bytes, 0, length) === RTCP_ACCEPTED && cursor.next(), 'it is RTCP');
      promise(bytes.toString('latin1', 12, 16) === REMB && bytes[16] === sources.length, 'it is an estimate');
      const exponent = bytes.readUInt8(17) >>> 2;
      const told = (bytes.readUIntBE(17, 3) & 0x3ffff) * 2 ** exponent;
      promise(told <= bitrate && bitrate - told < 2 ** exponent, 'it says the bitrate');
      for (const [i, source] of sources.entries())
        promise(bytes.readUInt32BE(20 + 4 * i) === source, 'it names the sources');
    };
  },
};
