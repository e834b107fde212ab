import { encodeOpus, type OpusSettings } from './libopus.js';
import { FRAME, levelAt } from './sound.js';

/** Octets that a sender leaves out altogether: RFC 7587 section 3.1.3. */
const LONGEST_OMITTED = 2;
const FRAME_DURATION = 20;
const USUAL_BITRATE = 32_000;

/** Where an engine learns how loud a packet is. */
export interface Source {
  readonly name: string;
  /** Whether its packets have levels (RFC 6464). */
  readonly tellsLevels: boolean;
  readonly opus: OpusSettings;
}

export const LEVELS: Source = {
  name: 'audio levels',
  tellsLevels: true,
  opus: { application: 'voip', bitrate: USUAL_BITRATE },
};

export interface Packet {
  /** When it is sent, ms: when the last of it has been recorded. */
  readonly at: number;
  /** Octet of RFC 6464, or null for none. */
  readonly level: number | null;
  readonly payload: Uint8Array;
}

/** @returns what a publisher of this sound sends */
export function packetsOf(sound: Float32Array, { tellsLevels, opus }: Source): Packet[] {
  if (tellsLevels) return levelPackets(sound);
  const duration = opus.duration ?? FRAME_DURATION;
  const packets = encodeOpus(sound, opus).map((payload, i) => ({
    at: (i + 1) * duration,
    level: null,
    payload,
  }));
  return packets.filter(({ payload }) => payload.length > LONGEST_OMITTED);
}

/** With a level nobody looks at the payload. */
function levelPackets(sound: Float32Array): Packet[] {
  const payload = new Uint8Array(0);
  return Array.from({ length: Math.floor(sound.length / FRAME) }, (_, i) => {
    const level = Math.min(127, Math.round(-levelAt(sound, i * FRAME)));
    return { at: (i + 1) * FRAME_DURATION, level, payload };
  });
}
