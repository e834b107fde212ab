/** A short sound by which somebody hears whether the right speakers play. */
const SAMPLE_RATE = 24_000;
const SECONDS = 0.9;
const NOTES = [
  { frequency: 523.25, from: 0 },
  { frequency: 659.25, from: 0.14 },
  { frequency: 783.99, from: 0.28 },
] as const;
const LOUDNESS = 0.22;
const FADE_SECONDS = 0.18;
const ATTACK_SECONDS = 0.01;
const HEADER_OCTETS = 44;
const OCTETS_PER_SAMPLE = 2;
const FULL_SCALE = 32_767;

/** @returns a file of WAVE, one channel of 16 bits */
export function chime(): Uint8Array<ArrayBuffer> {
  const samples = Math.round(SAMPLE_RATE * SECONDS);
  const file = new Uint8Array(HEADER_OCTETS + samples * OCTETS_PER_SAMPLE);
  const view = new DataView(file.buffer);
  writeHeader(view, samples * OCTETS_PER_SAMPLE);
  for (let i = 0; i < samples; i += 1) {
    view.setInt16(HEADER_OCTETS + i * OCTETS_PER_SAMPLE, amplitude(i / SAMPLE_RATE) * FULL_SCALE, true);
  }
  return file;
}

/** @param time seconds from the beginning @returns -1 to 1 */
function amplitude(time: number): number {
  let sum = 0;
  for (const { frequency, from } of NOTES) {
    const since = time - from;
    if (since < 0) continue;
    const envelope = Math.min(1, since / ATTACK_SECONDS) * Math.exp(-since / FADE_SECONDS);
    sum += Math.sin(2 * Math.PI * frequency * since) * envelope;
  }
  return sum * LOUDNESS;
}

function writeHeader(view: DataView, dataOctets: number): void {
  const text = (at: number, characters: string): void => {
    for (let i = 0; i < characters.length; i += 1) view.setUint8(at + i, characters.charCodeAt(i));
  };
  text(0, 'RIFF');
  view.setUint32(4, HEADER_OCTETS - 8 + dataOctets, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE, true);
  view.setUint32(28, SAMPLE_RATE * OCTETS_PER_SAMPLE, true);
  view.setUint16(32, OCTETS_PER_SAMPLE, true);
  view.setUint16(34, OCTETS_PER_SAMPLE * 8, true);
  text(36, 'data');
  view.setUint32(40, dataOctets, true);
}
