import {
  findHeaderExtension,
  HeaderExtensionElement,
  NO_EXTENSION,
  parseRtpHeader,
  RTP_ACCEPTED,
  RtpHeader,
  readAudioLevel,
} from '../../packages/engine/src/media/rtp/index.js';
import {
  buildPacket,
  oneByteElements,
  packetParts,
  twoByteElements,
} from '../../packages/engine/src/media/rtp/testing/arbitrary-packet.js';
import type { PoisonedArray } from '../../packages/engine/src/media/rtp/testing/poison.js';
import { type FuzzTarget, promise } from '../target.js';
import { parseAmidPoisons } from './amid-poisons.js';

const PROFILES = [0xbede, 0x1000, 0x100f, 0x0000];
const IDS = 256;
const elements = [
  { id: 1, data: Uint8Array.of(0x80) },
  { id: 4, data: Buffer.from('audio') },
];

/** The elements of header extensions: what is found lies within the extension, and is found by its own id. */
export const headerExtensions: FuzzTarget = {
  name: 'header-extensions',
  maxLength: 128,
  seeds: () => [
    Uint8Array.of(0, ...oneByteElements(elements)),
    Uint8Array.of(1, ...twoByteElements(elements)),
    Uint8Array.of(1, ...twoByteElements([{ id: 200, data: new Uint8Array(0) }])),
  ],
  prepare: () => {
    const header = new RtpHeader();
    const element = new HeaderExtensionElement();
    return (input) => {
      const profile = PROFILES[(input[0] ?? 0) % PROFILES.length] ?? 0;
      const packet = buildPacket(packetParts({ extension: { profile, data: input.subarray(1) } }));
      parseAmidPoisons(packet, (array) => findAll(array, header, element));
    };
  },
};

function findAll(
  { bytes, offset, length }: PoisonedArray,
  header: RtpHeader,
  element: HeaderExtensionElement,
) {
  promise(
    parseRtpHeader(bytes, offset, length, header) === RTP_ACCEPTED,
    'any extension of its length is taken',
  );
  const start = header.extensionOffset;
  const end = start + header.extensionLength;
  const found: number[] = [];
  for (let id = 0; id < IDS; id++) {
    const data = findHeaderExtension(bytes, header, id, element);
    if (data === NO_EXTENSION) continue;
    found.push(id, data, element.length);
    promise(id !== 0, 'padding is no element');
    promise(data > start && data + element.length <= end, 'an element lies within the extension');
    const level = readAudioLevel(bytes, header, id, element);
    promise(element.length === 1 ? level === bytes[data] : level === NO_EXTENSION, 'a level is one octet');
  }
  return found;
}
