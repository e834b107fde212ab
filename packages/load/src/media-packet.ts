/**
 * What a synthetic publisher sends: every octet of a packet follows from publisher and counter, so that whoever
 * decrypts it can tell whether it is the packet that was meant.
 *
 *    0                   1                   2                   3
 *   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *   |                           timestamp                           |
 *   |                             SSRC                              |
 *   |       0xBE    |    0xDE       |           length = 1          |
 *   |  ID   | len=0 |V| audio level |       0       |       0       |   RFC 8285 section 4.2, RFC 6464
 *   |                    index of the publisher                     |   the payload begins
 *   |                            counter                            |
 *   | audio level   |       91 octets that follow from both         |
 */
import { AUDIO_LEVEL_EXTENSION_ID, OPUS_PAYLOAD_TYPE } from './sdp.js';

export const PAYLOAD_LENGTH = 100;
const FIXED_HEADER_LENGTH = 12;
export const HEADER_LENGTH = FIXED_HEADER_LENGTH + 8;
export const PACKET_LENGTH = HEADER_LENGTH + PAYLOAD_LENGTH;
/** 20 ms at Opus' clock rate of 48 kHz. */
export const SAMPLES_PER_PACKET = 960;
export const PACKET_INTERVAL_MS = 20;
const ONE_BYTE_PROFILE = 0xbede;
const VOICE_FLAG = 0x80;
/** Octet of the payload that repeats the audio level. */
const LEVEL_AT = 8;

/** Where one publisher's stream starts. */
export interface StreamOrigin {
  /** Index of the publisher among all participants of the run. */
  readonly publisher: number;
  readonly ssrc: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
}

/**
 * Writes the plain packet.
 * @param packet at least PACKET_LENGTH octets
 * @param counter of the packet in its stream, from 0
 * @param level RFC 6464: 0 (loudest) to 127
 */
export function writePacket(
  packet: Buffer,
  origin: StreamOrigin,
  counter: number,
  level = levelOf(counter),
): void {
  packet.writeUInt8(0x90, 0);
  packet.writeUInt8(OPUS_PAYLOAD_TYPE, 1);
  packet.writeUInt16BE((origin.sequenceNumber + counter) & 0xffff, 2);
  packet.writeUInt32BE((origin.timestamp + counter * SAMPLES_PER_PACKET) >>> 0, 4);
  packet.writeUInt32BE(origin.ssrc, 8);
  packet.writeUInt16BE(ONE_BYTE_PROFILE, FIXED_HEADER_LENGTH);
  packet.writeUInt16BE(1, FIXED_HEADER_LENGTH + 2);
  packet.writeUInt8(AUDIO_LEVEL_EXTENSION_ID << 4, FIXED_HEADER_LENGTH + 4);
  packet.writeUInt8(VOICE_FLAG | level, FIXED_HEADER_LENGTH + 5);
  packet.writeUInt16BE(0, FIXED_HEADER_LENGTH + 6);
  packet.writeUInt32BE(origin.publisher, HEADER_LENGTH);
  packet.writeUInt32BE(counter, HEADER_LENGTH + 4);
  packet.writeUInt8(VOICE_FLAG | level, HEADER_LENGTH + LEVEL_AT);
  for (let at = LEVEL_AT + 1; at < PAYLOAD_LENGTH; at++) {
    packet[HEADER_LENGTH + at] = fillerAt(origin.publisher, counter, at);
  }
}

export interface ReadPacket {
  readonly publisher: number;
  readonly counter: number;
  readonly timestamp: number;
}

/**
 * @param packet a decrypted packet
 * @param headerLength as rtpHeaderLength gives it
 * @returns what the packet says about itself, or in words what is wrong with it
 */
export function readPacket(packet: Buffer, headerLength: number): ReadPacket | string {
  if (packet.length - headerLength !== PAYLOAD_LENGTH) {
    return `payload of ${packet.length - headerLength} octets instead of ${PAYLOAD_LENGTH}`;
  }
  const publisher = packet.readUInt32BE(headerLength);
  const counter = packet.readUInt32BE(headerLength + 4);
  for (let at = LEVEL_AT + 1; at < PAYLOAD_LENGTH; at++) {
    if (packet[headerLength + at] !== fillerAt(publisher, counter, at))
      return `payload differs at octet ${at}`;
  }
  const level = readAudioLevel(packet, headerLength);
  if (level !== null && level !== packet[headerLength + LEVEL_AT])
    return `audio level ${level} is not the publisher's`;
  return { publisher, counter, timestamp: packet.readUInt32BE(4) };
}

/**
 * RFC 3550 section 5.1: fixed header, contributing sources, header extension.
 * @returns octets before the payload, or 0 when the packet is too short for its header
 */
export function rtpHeaderLength(bytes: Uint8Array, offset: number, length: number): number {
  if (length < FIXED_HEADER_LENGTH) return 0;
  const first = bytes[offset] ?? 0;
  let header = FIXED_HEADER_LENGTH + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (length < header + 4) return 0;
    const words = ((bytes[offset + header + 2] ?? 0) << 8) | (bytes[offset + header + 3] ?? 0);
    header += 4 + 4 * words;
  }
  return header <= length ? header : 0;
}

/**
 * Walks the elements of RFC 8285 section 4.2. The audio level's id is the SFU's choice, so it is known by its voice
 * flag, which is always set here: the only other extension that comes is the MID that mediasoup adds, and that is ASCII.
 */
function readAudioLevel(packet: Buffer, headerLength: number): number | null {
  if ((packet.readUInt8(0) & 0x10) === 0 || packet.readUInt16BE(FIXED_HEADER_LENGTH) !== ONE_BYTE_PROFILE) {
    return null;
  }
  for (let at = FIXED_HEADER_LENGTH + 4; at + 1 < headerLength; ) {
    const element = packet.readUInt8(at);
    const length = (element & 0x0f) + 1;
    if (element === 0) at++;
    else if (length === 1 && packet.readUInt8(at + 1) >= VOICE_FLAG) return packet.readUInt8(at + 1);
    else at += 1 + length;
  }
  return null;
}

/** Of who does not speak by turns: every level comes. */
function levelOf(counter: number): number {
  return counter % 127;
}

function fillerAt(publisher: number, counter: number, at: number): number {
  return (publisher * 31 + counter * 7 + at * 13) & 0xff;
}
