/**
 * Each participant of a test publishes a tone of its own, and what another one hears is read from the spectrum of
 * the sound that it decoded. Every loud peak of the spectrum is reported, so a stream that carries the wrong tone,
 * two tones or noise cannot pass for the right one.
 */

const LOWEST_TONE_HERTZ = 400;
/** All tones are whole multiples of 10 Hz, so that a recording of one second loops without a gap. */
const TONE_SPACING_HERTZ = 170;
/** A peak this far from a tone is still that tone: a bin of the spectrum is about 6 Hz wide. */
const TOLERANCE_HERTZ = 12;
/** A window of 8192 samples at 48 kHz: 171 ms, bins of 5.9 Hz. */
export const SPECTRUM_SAMPLES = 8192;
/** Root mean square below which sound is silence, of full scale. */
const SILENCE_RMS = 0.01;
/** Peaks below this share of the loudest peak's amplitude (-20 dB) are the codec's noise. */
const PEAK_SHARE = 0.1;
/** What the Blackman window spreads one tone over, to each side, in bins. */
const MAIN_LOBE_BINS = 4;

export const SAMPLE_RATE_HERTZ = 48_000;
/** Amplitude at which participants publish, of full scale. */
export const TONE_AMPLITUDE = 0.25;

/** Decoded mono sound; samples are of full scale -1 to 1. */
export interface Sound {
  readonly sampleRate: number;
  readonly samples: Float32Array;
}

/** @returns the frequency in hertz that participant number `index` publishes */
export function toneOf(index: number): number {
  return LOWEST_TONE_HERTZ + TONE_SPACING_HERTZ * index;
}

/**
 * @param frequency in hertz
 * @param first number of the first sample, so that consecutive calls join without a click
 * @returns `count` samples at 48 kHz of full scale -1 to 1
 */
export function synthesize(frequency: number, first: number, count: number): Float32Array {
  const step = (2 * Math.PI * frequency) / SAMPLE_RATE_HERTZ;
  return Float32Array.from(
    { length: count },
    (_, index) => TONE_AMPLITUDE * Math.sin(step * (first + index)),
  );
}

/** @returns the same sound as signed 16-bit samples, as audio sources take it */
export function toPcm16(samples: Float32Array): Int16Array<ArrayBuffer> {
  return Int16Array.from(samples, (sample) => Math.round(sample * 32767));
}

/** @returns full-scale samples of signed 16-bit ones */
export function fromPcm16(samples: ArrayLike<number>): Float32Array {
  return Float32Array.from(samples, (sample) => sample / 32768);
}

/**
 * @param sound at least SPECTRUM_SAMPLES samples; the last of them count
 * @returns the frequencies of all loud peaks, ascending: the tone's own frequency where a peak is one of the tones,
 * else the peak's. Empty for silence and for less sound than that.
 */
export function tonesIn(sound: Sound): readonly number[] {
  const samples = sound.samples.subarray(Math.max(0, sound.samples.length - SPECTRUM_SAMPLES));
  if (samples.length < SPECTRUM_SAMPLES || rootMeanSquare(samples) < SILENCE_RMS) return [];
  const binHertz = sound.sampleRate / SPECTRUM_SAMPLES;
  return peaks(spectrum(samples)).map((bin) => nearestTone(bin * binHertz));
}

/** @returns root mean square of the samples, of full scale */
export function rootMeanSquare(samples: Float32Array): number {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
  return Math.sqrt(energy / samples.length);
}

function nearestTone(frequency: number): number {
  const index = Math.max(0, Math.round((frequency - LOWEST_TONE_HERTZ) / TONE_SPACING_HERTZ));
  const tone = toneOf(index);
  return Math.abs(tone - frequency) <= TOLERANCE_HERTZ ? tone : Math.round(frequency);
}

/** @returns the bins of local maxima that stand out, ascending, each greater than all others in its main lobe */
function peaks(amplitudes: Float64Array): readonly number[] {
  const threshold = PEAK_SHARE * amplitudes.reduce((greatest, value) => Math.max(greatest, value), 0);
  const bins: number[] = [];
  for (let bin = 1; bin < amplitudes.length; bin += 1) {
    const amplitude = amplitudes[bin] ?? 0;
    const neighbours = amplitudes.subarray(Math.max(0, bin - MAIN_LOBE_BINS), bin + MAIN_LOBE_BINS + 1);
    if (amplitude >= threshold && neighbours.every((neighbour) => neighbour <= amplitude)) bins.push(bin);
  }
  return bins;
}

/** @returns amplitude per bin, from 0 Hz to half of the sample rate */
function spectrum(samples: Float32Array): Float64Array {
  const size = samples.length;
  const real = Float64Array.from(samples, (sample, index) => sample * blackman(index, size));
  const imaginary = new Float64Array(size);
  transform(real, imaginary);
  return Float64Array.from({ length: size / 2 }, (_, bin) => Math.hypot(real[bin] ?? 0, imaginary[bin] ?? 0));
}

function blackman(index: number, size: number): number {
  const phase = (2 * Math.PI * index) / (size - 1);
  return 0.42 - 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase);
}

/** Fast Fourier transform in place, decimation in time (Cooley and Tukey); the size is a power of two. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  reorder(real, imaginary);
  for (let half = 1; half < size; half *= 2) {
    for (let start = 0; start < size; start += 2 * half) {
      for (let offset = 0; offset < half; offset += 1) {
        butterfly(real, imaginary, start + offset, start + offset + half, (-Math.PI * offset) / half);
      }
    }
  }
}

function butterfly(
  real: Float64Array,
  imaginary: Float64Array,
  even: number,
  odd: number,
  angle: number,
): void {
  const evenReal = real[even] ?? 0;
  const evenImaginary = imaginary[even] ?? 0;
  const oddReal = real[odd] ?? 0;
  const oddImaginary = imaginary[odd] ?? 0;
  const turnedReal = oddReal * Math.cos(angle) - oddImaginary * Math.sin(angle);
  const turnedImaginary = oddReal * Math.sin(angle) + oddImaginary * Math.cos(angle);
  real[even] = evenReal + turnedReal;
  imaginary[even] = evenImaginary + turnedImaginary;
  real[odd] = evenReal - turnedReal;
  imaginary[odd] = evenImaginary - turnedImaginary;
}

/** Swaps every element with the one at the bit-reversed index. */
function reorder(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  for (let index = 0, reversed = 0; index < size; index += 1) {
    if (index < reversed) {
      swap(real, index, reversed);
      swap(imaginary, index, reversed);
    }
    let bit = size / 2;
    while (bit >= 1 && (reversed & bit) !== 0) {
      reversed ^= bit;
      bit /= 2;
    }
    reversed |= bit;
  }
}

function swap(values: Float64Array, first: number, second: number): void {
  const value = values[first] ?? 0;
  values[first] = values[second] ?? 0;
  values[second] = value;
}
