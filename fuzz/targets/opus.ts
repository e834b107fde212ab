import { OpusPacket } from '../../packages/engine/src/media/opus/index.js';
import { opusDuration } from '../../packages/engine/src/media/rtp/index.js';
import type { PoisonedArray } from '../../packages/engine/src/media/rtp/testing/poison.js';
import { OpusActivity } from '../../packages/engine/src/media/speech/opus-activity.js';
import { type FuzzTarget, promise } from '../target.js';
import { parseAmidPoisons } from './amid-poisons.js';

const TICKS_PER_MILLISECOND = 48;

/** What is read of Opus packets: frames lie within the packet, and levels are octets. */
export const opus: FuzzTarget = {
  name: 'opus',
  maxLength: 1_400,
  seeds: () => [
    // More padding than packet.
    Uint8Array.of(0xfb, 0x41, 0x20, 1),
    Uint8Array.of(0x78, 1, 2, 3, 4, 5),
    Uint8Array.of(0x0b, 0x83, 1, 2, 9, 8, 7, 6, 5),
    Uint8Array.of(0xfb, 0x43, 2, 1, 2, 3, 0, 0),
    Uint8Array.of(0x4a, 2, 1, 2, 3, 4),
    Uint8Array.of(0xf9, 1, 2, 3, 4),
  ],
  prepare: () => {
    const packet = new OpusPacket();
    return (input) => parseAmidPoisons(input, (array) => readPacket(array, packet));
  },
};

function readPacket({ bytes, offset, length }: PoisonedArray, packet: OpusPacket): unknown {
  const level = new OpusActivity().levelOf(bytes, offset, length);
  promise(Number.isInteger(level) && level >= 0 && level <= 0xff, 'a level is an octet');
  const duration = opusDuration(bytes, offset, length);
  if (!packet.parse(bytes, offset, length)) return { level, duration };
  const { frames, frameDuration } = packet;
  promise(frames > 0 && frames * frameDuration <= 120, 'a packet sounds for 120 ms at most');
  promise(duration === frames * frameDuration * TICKS_PER_MILLISECOND, 'it sounds for as long as its frames');
  let position = offset + 1;
  for (let i = 0; i < frames; i++) {
    promise(
      (packet.offsets[i] ?? -1) >= position && (packet.lengths[i] ?? -1) >= 0,
      'frames follow each other',
    );
    position = (packet.offsets[i] ?? 0) + (packet.lengths[i] ?? 0);
    promise(position <= offset + length, 'frames lie within the packet');
  }
  return { level, duration, frames, position };
}
