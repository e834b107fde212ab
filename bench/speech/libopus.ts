import koffi from 'koffi';
import { SAMPLE_RATE } from './sound.js';

/** Of Debian's libopus0. */
const LIBRARY = 'libopus.so.0';

/** Constants of opus_defines.h. */
const APPLICATIONS = { voip: 2048, audio: 2049 } as const;
const REQUESTS = {
  bitrate: 4002,
  variable: 4006,
  constrained: 4020,
  complexity: 4010,
  fec: 4012,
  expectedLoss: 4014,
  dtx: 4016,
} as const;
const MAX_PACKET = 4_000;
/** As on phones. */
const USUAL_COMPLEXITY = 5;

export interface OpusSettings {
  readonly application: keyof typeof APPLICATIONS;
  /** Of one packet, ms; 20 when left out. */
  readonly duration?: 10 | 20 | 40 | 60;
  readonly channels?: 1 | 2;
  /** bit/s */
  readonly bitrate: number;
  /** Whether the bitrate is. */
  readonly variable?: 0 | 1;
  readonly constrained?: 0 | 1;
  readonly complexity?: number;
  readonly fec?: 0 | 1;
  /** Percent. */
  readonly expectedLoss?: number;
  readonly dtx?: 0 | 1;
}

interface LibOpus {
  readonly create: (rate: number, channels: number, application: number, error: number[]) => unknown;
  readonly control: (encoder: unknown, request: number, type: 'int', value: number) => number;
  readonly encode: (
    encoder: unknown,
    samples: Int16Array,
    perChannel: number,
    packet: Uint8Array,
    size: number,
  ) => number;
  readonly destroy: (encoder: unknown) => void;
}

/** @throws Error when libopus is missing */
function load(): LibOpus {
  const library = koffi.load(LIBRARY);
  return {
    create: library.func(
      'void *opus_encoder_create(int32_t rate, int channels, int application, _Out_ int *error)',
    ),
    control: library.func('int opus_encoder_ctl(void *encoder, int request, ...)'),
    encode: library.func(
      'int32_t opus_encode(void *encoder, int16_t *samples, int perChannel, _Out_ uint8_t *packet, int32_t size)',
    ),
    destroy: library.func('void opus_encoder_destroy(void *encoder)'),
  };
}

let library: LibOpus | null = null;

/**
 * Encodes a whole recording.
 * @param sound one channel; two get the same
 * @returns the packets
 * @throws Error when libopus is missing, or refuses a setting
 */
export function encodeOpus(sound: Float32Array, settings: OpusSettings): Uint8Array[] {
  library ??= load();
  const { application, duration = 20, channels = 1, ...rest } = settings;
  const others = { complexity: USUAL_COMPLEXITY, ...rest };
  const error = [0];
  const encoder = library.create(SAMPLE_RATE, channels, APPLICATIONS[application], error);
  if (error[0] !== 0) throw new Error(`libopus has no encoder of these settings: error ${error[0]}`);
  try {
    for (const [name, request] of Object.entries(REQUESTS)) {
      const value = Object.entries(others).find(([key]) => key === name)?.[1];
      if (value === undefined) continue;
      const refused = library.control(encoder, request, 'int', value);
      if (refused !== 0) throw new Error(`libopus refuses ${name} ${value}: ${refused}`);
    }
    return encodeAll(
      library,
      encoder,
      interleave(sound, channels),
      (SAMPLE_RATE / 1_000) * duration,
      channels,
    );
  } finally {
    library.destroy(encoder);
  }
}

function encodeAll(
  { encode }: LibOpus,
  encoder: unknown,
  samples: Int16Array,
  perChannel: number,
  channels: number,
): Uint8Array[] {
  const packet = new Uint8Array(MAX_PACKET);
  const packets: Uint8Array[] = [];
  const step = perChannel * channels;
  for (let start = 0; start + step <= samples.length; start += step) {
    const length = encode(encoder, samples.subarray(start, start + step), perChannel, packet, MAX_PACKET);
    if (length < 0) throw new Error(`libopus cannot encode: ${length}`);
    packets.push(packet.slice(0, length));
  }
  return packets;
}

function interleave(sound: Float32Array, channels: number): Int16Array {
  const samples = new Int16Array(sound.length * channels);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.round((sound[Math.floor(i / channels)] ?? 0) * 0x8000);
    samples[i] = Math.max(-0x8000, Math.min(0x7fff, value));
  }
  return samples;
}
