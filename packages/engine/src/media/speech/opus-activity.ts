import { CeltFrame, OpusMode, OpusPacket, RangeDecoder, SilkFrame } from '../opus/index.js';

/**
 * What audio level the packets of an Opus stream seem to have whose sender tells none. Nothing is decoded; the
 * beginning of a packet tells enough (RFC 6716):
 *
 * - SILK and hybrid: the encoder's own voice activity detection, and the gain, from which the level follows;
 * - CELT: whether it has a pitch. Speech has one most of the time, noise hardly ever, at whatever bitrate, constant or not;
 * - CELT of an encoder that does not look for the pitch, as libopus below complexity 5: how long the packet is,
 *   compared with the shortest of the last seconds. With a constant bitrate, or one that is kept nearly constant, that
 *   shows nothing, and such a stream never counts as speech: else each microphone that is open would;
 * - an empty frame, or one that says so, is silence: discontinuous transmission.
 */

const VOICE_BIT = 0x80;
const SILENCE = 127;
/** Frames of so few octets are of no sound: RFC 6716 section 2.1.9 and 3.1. */
const MAX_EMPTY_FRAME = 1;

/** dB by which the level of sound is above the gain in SILK: with a pitch more of it is predicted. */
const VOWEL_ABOVE_GAIN = 17;
const NOISE_ABOVE_GAIN = 3;

/** Level of CELT with the weakest pitch, -dBov, and dB for each step of its strength. */
const WEAK_PITCH = 45;
const PITCH_STEP = 4;
/** ms and level of what has none behind what has: consonants, which go on with speech and do not begin it. */
const CONSONANTS = 200;
const CONSONANT_LEVEL = 53;

/** Level of the shortest packets where lengths are all there is, -dBov; and dB for each doubling. */
const SHORTEST_PACKET = 90;
const DOUBLING = 90;
/** By so much the length of the shortest packet is taken to rise with each packet: it is forgotten in seconds. */
const FORGETTING = 1 / 512;

/** Of one stream. Allocates nothing per packet. */
export class OpusActivity {
  readonly #packet = new OpusPacket();
  readonly #decoder = new RangeDecoder();
  readonly #silk = new SilkFrame();
  readonly #celt = new CeltFrame();
  /** Whether CELT frames with a pitch have been seen: so the encoder looks for it. */
  #findsPitch = false;
  /** How long there has been none, ms. */
  #withoutPitch = CONSONANTS;
  /** Octets per millisecond of CELT, the least of late. */
  #leastRate = 0;
  #isTelling = false;

  /** Whether its packets have told anything: SILK does, and CELT from the first pitch on. */
  get isTelling(): boolean {
    return this.#isTelling;
  }

  /**
   * Estimates what the sender would have written by RFC 6464.
   * @param offset of the payload, without padding of RTP
   * @param length octets
   * @returns voice bit and level
   */
  levelOf(bytes: Uint8Array, offset: number, length: number): number {
    const packet = this.#packet;
    if (!packet.parse(bytes, offset, length)) return SILENCE;
    let loudest = SILENCE;
    let voice = 0;
    for (let i = 0; i < packet.frames; i++) {
      const frame = this.#frame(bytes, packet.offsets[i] ?? 0, packet.lengths[i] ?? 0);
      voice |= frame & VOICE_BIT;
      loudest = Math.min(loudest, frame & ~VOICE_BIT);
    }
    return voice | loudest;
  }

  #frame(bytes: Uint8Array, offset: number, length: number): number {
    if (length <= MAX_EMPTY_FRAME) return SILENCE;
    this.#decoder.start(bytes, offset, length);
    if (this.#packet.mode !== OpusMode.CELT) return this.#silkLevel();
    this.#celt.read(this.#decoder, bytes, offset, length);
    return this.#celt.silence ? SILENCE : this.#celtLevel(length);
  }

  #silkLevel(): number {
    const silk = this.#silk;
    this.#isTelling = true;
    silk.read(this.#decoder, this.#packet.frameDuration, this.#packet.stereo);
    const above = silk.pitch ? VOWEL_ABOVE_GAIN : NOISE_ABOVE_GAIN;
    return (silk.voice ? VOICE_BIT : 0) | levelOctet(Math.round(-silk.gain - above) | 0);
  }

  #celtLevel(length: number): number {
    const { pitch } = this.#celt;
    const { frameDuration } = this.#packet;
    if (pitch > 1) {
      this.#findsPitch = true;
      this.#isTelling = true;
    }
    if (this.#findsPitch) return this.#pitchLevel(pitch, frameDuration);
    const rate = length / frameDuration;
    const least = this.#leastRate * (1 + FORGETTING);
    this.#leastRate = this.#leastRate === 0 ? rate : Math.min(rate, least);
    return (
      VOICE_BIT | levelOctet(Math.round(SHORTEST_PACKET - DOUBLING * Math.log2(rate / this.#leastRate)) | 0)
    );
  }

  #pitchLevel(pitch: number, duration: number): number {
    this.#withoutPitch = pitch > 1 ? 0 : Math.min(this.#withoutPitch + duration, CONSONANTS);
    if (pitch > 0) return VOICE_BIT | levelOctet(WEAK_PITCH - PITCH_STEP * pitch);
    return this.#withoutPitch < CONSONANTS ? VOICE_BIT | CONSONANT_LEVEL : SILENCE;
  }
}

/** @param level -dBov, a whole number: V8 would box any other for a function that it does not inline */
function levelOctet(level: number): number {
  return Math.max(0, Math.min(SILENCE, level));
}
