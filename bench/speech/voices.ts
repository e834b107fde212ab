import { spawnSync } from 'node:child_process';
import { programPath } from '../../interop/programs.js';
import { SAMPLE_RATE } from './sound.js';

/** Of a WAV file as espeak-ng writes it. */
const HEADER_LENGTH = 44;
const RATE_OFFSET = 24;
const MAX_LENGTH = 64 * 2 ** 20;

/**
 * Has a text spoken by espeak-ng.
 * @param voice of espeak-ng
 * @returns a recording at SAMPLE_RATE
 * @throws Error when espeak-ng is missing or fails
 */
export function speak(voice: string, text: string): Float32Array {
  const { status, stdout, stderr } = spawnSync(programPath('espeak'), ['-v', voice, '--stdout', text], {
    maxBuffer: MAX_LENGTH,
  });
  if (status !== 0) throw new Error(`espeak-ng: ${stderr.toString().trim()}`);
  const rate = stdout.readUInt32LE(RATE_OFFSET);
  const samples = Math.floor((stdout.length - HEADER_LENGTH) / 2);
  const sample = (i: number): number =>
    i < samples ? stdout.readInt16LE(HEADER_LENGTH + 2 * i) / 0x8000 : 0;
  return Float32Array.from({ length: Math.floor((samples * SAMPLE_RATE) / rate) }, (_, i) => {
    const at = (i * rate) / SAMPLE_RATE;
    const before = Math.floor(at);
    return sample(before) + (sample(before + 1) - sample(before)) * (at - before);
  });
}
