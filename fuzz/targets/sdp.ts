import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  MAX_SSRCS,
  parseRemoteDescription,
  type RemoteMedia,
} from '../../packages/engine/src/sdp/remote-description.js';
import type { RemoteTransport } from '../../packages/engine/src/sdp/remote-transport.js';
import { repositoryRoot } from '../repository-root.js';
import { type FuzzTarget, promise } from '../target.js';
import { withoutCallerFaults } from './caller-faults.js';

const FIXTURES = 'packages/engine/src/sdp/fixtures';
/** A format that is no token. */
const STRANGE_FORMAT = 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 \u00e9\r\na=mid:0\r\na=rtcp-mux\r\n';
const VISIBLE = /^[!-~]*$/;
const LENGTHS: Readonly<Record<string, number>> = { 'sha-256': 95, 'sha-384': 143, 'sha-512': 191 };

/** Descriptions of browsers and strangers: every text that may be echoed into another description is safe to echo. */
export const sdp: FuzzTarget = {
  name: 'sdp',
  maxLength: 4_096,
  seeds: () => [Buffer.from(STRANGE_FORMAT), ...sdpSeeds()],
  dictionary: [
    '\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111',
    '\r\na=',
    '\r\na=ssrc:1 cname:x',
    '\r\na=ssrc-group:FID 1 2',
  ],
  prepare: () => (input) => {
    const text = Buffer.from(input).toString();
    const description = withoutCallerFaults(() => parseRemoteDescription(text));
    if (description === null) return;
    promise(description.media.length > 0, 'there is an m-line');
    const mids = description.media.flatMap(({ mid }) => (mid === null ? [] : [mid]));
    promise(new Set(mids).size === mids.length, 'mids are unique');
    for (const media of description.media) {
      checkMedia(media);
      const transport = withoutCallerFaults(() => description.transportOf(media));
      if (transport !== null) checkTransport(transport);
    }
  },
};

/** What browsers wrote, as far as it is short enough. */
function sdpSeeds(): Uint8Array[] {
  const folder = path.join(repositoryRoot(), FIXTURES);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sdp'))
    .map((name) => readFileSync(path.join(folder, name)));
}

function checkMedia(media: RemoteMedia): void {
  const {
    mid,
    kind,
    protocol,
    formats,
    opus,
    ssrcs,
    retransmissionSsrc,
    extensionIds,
    firstCodec,
    direction,
  } = media;
  const texts = [mid ?? '', kind, protocol, ...formats, firstCodec?.encoding ?? ''];
  promise(
    texts.every((text) => VISIBLE.test(text)),
    'texts are safe to echo',
  );
  promise(ssrcs.length <= MAX_SSRCS, 'SSRCs are bounded');
  for (const ssrc of [...ssrcs, retransmissionSsrc ?? 0])
    promise(Number.isInteger(ssrc) && ssrc >= 0 && ssrc < 2 ** 32, 'an SSRC has 32 bits');
  promise(['sendrecv', 'sendonly', 'recvonly', 'inactive'].includes(direction), 'a direction is one of four');
  for (const id of Object.values(media.extensions))
    promise(id === null || (id >= 1 && id <= 255 && extensionIds.includes(id)), 'an extension has an id');
  for (const [name, value] of Object.entries(opus ?? {}))
    if (name.toLowerCase().includes('payloadtype'))
      promise(
        value === null || (Number.isInteger(value) && value >= 0 && value <= 127),
        `${name} has 7 bits`,
      );
}

function checkTransport({ ufrag, password, fingerprints }: RemoteTransport): void {
  promise(
    /^[A-Za-z0-9+/]{4,256}$/.test(ufrag) && /^[A-Za-z0-9+/]{22,256}$/.test(password),
    'credentials are of ICE',
  );
  promise(fingerprints.length > 0, 'there is a fingerprint');
  for (const { algorithm, value } of fingerprints)
    promise(
      value.length === LENGTHS[algorithm] && /^[0-9A-F:]+$/.test(value),
      'a fingerprint is as long as its hash',
    );
}
