import {
  checkPadding,
  HeaderExtensionElement,
  parseRtpHeader,
  RTP_ACCEPTED,
  RtpHeader,
  readAudioLevel,
  rewriteCanonicalHeader,
} from '../../packages/engine/src/media/rtp/index.js';
import {
  buildPacket,
  oneByteElements,
  packetParts,
} from '../../packages/engine/src/media/rtp/testing/arbitrary-packet.js';
import type { PoisonedArray } from '../../packages/engine/src/media/rtp/testing/poison.js';
import { type FuzzTarget, promise } from '../target.js';
import { parseAmidPoisons } from './amid-poisons.js';

const AUDIO_LEVEL = 1;

const level = { profile: 0xbede, data: oneByteElements([{ id: AUDIO_LEVEL, data: Uint8Array.of(0x93) }]) };

/** The parser of RTP headers, and the canonical header that is made of them: the payload stays what it is. */
export const rtpHeader: FuzzTarget = {
  name: 'rtp-header',
  maxLength: 200,
  seeds: () => [
    // 15 CSRCs, of which none is there.
    Uint8Array.of(0x8f, 111, ...new Uint8Array(10)),
    buildPacket(packetParts()),
    buildPacket(packetParts({ csrcs: [1, 2, 3], extension: level })),
    buildPacket(packetParts({ padding: true, payload: Uint8Array.of(1, 2, 0, 0, 0, 4) })),
  ],
  prepare: () => {
    const header = new RtpHeader();
    const element = new HeaderExtensionElement();
    return (input) => parseAmidPoisons(input, (array) => parsePacket(array, header, element));
  },
};

function parsePacket(array: PoisonedArray, header: RtpHeader, element: HeaderExtensionElement): unknown {
  const { bytes, offset, length } = array;
  const reason = parseRtpHeader(bytes, offset, length, header);
  if (reason !== RTP_ACCEPTED) return reason;
  promise(header.headerLength + header.payloadLength === length, 'header and payload are the packet');
  promise(header.payloadLength >= 0, 'the header ends within the packet');
  const payloadOffset = offset + header.headerLength;
  if (header.padding) {
    const verdict = checkPadding(bytes, payloadOffset, header.payloadLength);
    const padding = bytes[offset + length - 1] ?? 0;
    promise(
      verdict !== RTP_ACCEPTED || (padding > 0 && padding <= header.payloadLength),
      'padding is payload',
    );
  }
  const found = readAudioLevel(bytes, header, AUDIO_LEVEL, element);
  const { sequenceNumber, timestamp, ssrc, marker, payloadType, csrcCount, payloadLength } = header;
  const fields = { sequenceNumber, timestamp, ssrc, marker, payloadType, csrcCount, payloadLength };
  const payload = array.packet(payloadOffset);
  const canonical = rewriteCanonicalHeader(bytes, offset, header, found);
  promise(canonical >= offset, 'a canonical header is not longer');
  promise(
    parseRtpHeader(bytes, canonical, offset + length - canonical, header) === RTP_ACCEPTED,
    'it is a header',
  );
  promise(canonical + header.headerLength === payloadOffset, 'the payload stays where it is');
  promise(Buffer.compare(array.packet(payloadOffset), payload) === 0, 'the payload stays what it is');
  promise(readAudioLevel(bytes, header, AUDIO_LEVEL, element) === found, 'the audio level stays');
  for (const [name, value] of Object.entries(fields))
    promise(Reflect.get(header, name) === value, `${name} stays`);
  return { ...fields, found, canonical };
}
