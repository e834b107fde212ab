/** Session descriptions written by hand in Chromium's manner, and what the generator has to read of the engine's. */

export const OPUS_PAYLOAD_TYPE = 111;
export const AUDIO_LEVEL_EXTENSION_ID = 1;
export const AUDIO_LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
const MID_EXTENSION_ID = 4;
/** The participant's own m-line. */
const OWN_MID = '0';

export interface LocalDescription {
  readonly ufrag: string;
  readonly password: string;
  /** SHA-256 of the certificate: upper-case octets parted by colons. */
  readonly fingerprint: string;
  /** What it publishes, or null for a listener. */
  readonly stream: { readonly ssrc: number; readonly streamId: string; readonly trackId: string } | null;
  /** On how many m-lines besides its own it would hear whoever speaks; 0 for an m-line per publisher. */
  readonly slots: number;
}

export interface RemoteMedia {
  readonly mid: string;
  /** The whole m-line, without CR LF. */
  readonly line: string;
  readonly rejected: boolean;
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  readonly ssrcs: readonly number[];
  /** `a=msid`'s stream id, which is the publisher's uid, or null. */
  readonly streamId: string | null;
  readonly audioLevelExtension: number | null;
  readonly opusPayloadType: number | null;
}

/** What connects to the other side's transport, wherever it was told. */
export interface RemoteTransport {
  readonly ufrag: string;
  readonly password: string;
  readonly fingerprints: readonly { readonly algorithm: string; readonly value: string }[];
  /** RFC 4145: `passive` and `actpass` wait for a ClientHello, `active` sends one. */
  readonly setup: string;
  /** UDP host candidates on IPv4, in the order of the description. */
  readonly candidates: readonly { readonly address: string; readonly port: number }[];
}

export interface RemoteDescription extends RemoteTransport {
  readonly media: readonly RemoteMedia[];
}

/** @returns the offer of a browser that sends its microphone, or only listens */
export function writeOffer(local: LocalDescription): string {
  const slotMids = Array.from({ length: local.slots }, (_, slot) => `slot${slot}`);
  return joinLines([
    ...sessionLines([OWN_MID, ...slotMids]),
    ...audioLines(local, OWN_MID, local.stream === null ? 'recvonly' : 'sendrecv'),
    ...streamLines(local),
    ...slotMids.flatMap((mid) => audioLines(local, mid, 'recvonly')),
  ]);
}

function audioLines(local: LocalDescription, mid: string, direction: string): string[] {
  return [
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126',
    ...transportLines(local, 'active'),
    `a=mid:${mid}`,
    `a=extmap:${AUDIO_LEVEL_EXTENSION_ID} ${AUDIO_LEVEL_URI}`,
    `a=extmap:${MID_EXTENSION_ID} ${MID_URI}`,
    `a=${direction}`,
    'a=rtcp-mux',
    'a=rtcp-rsize',
    'a=rtpmap:111 opus/48000/2',
    'a=rtcp-fb:111 transport-cc',
    'a=fmtp:111 minptime=10;useinbandfec=1',
    'a=rtpmap:63 red/48000/2',
    'a=fmtp:63 111/111',
    'a=rtpmap:9 G722/8000',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:13 CN/8000',
    'a=rtpmap:110 telephone-event/48000',
    'a=rtpmap:126 telephone-event/8000',
  ];
}

/**
 * @param offer the engine's offer
 * @returns an answer that takes every stream that is offered and keeps the participant's own
 */
export function writeAnswer(local: LocalDescription, offer: RemoteDescription): string {
  const accepted = offer.media.filter((media) => !media.rejected);
  const lines = sessionLines(accepted.map((media) => media.mid));
  for (const media of offer.media) {
    if (media.rejected) {
      lines.push(media.line, 'c=IN IP4 0.0.0.0', `a=mid:${media.mid}`, 'a=inactive');
      continue;
    }
    const payloadType = media.opusPayloadType ?? OPUS_PAYLOAD_TYPE;
    lines.push(`m=audio 9 UDP/TLS/RTP/SAVPF ${payloadType}`, ...transportLines(local, 'active'));
    lines.push(`a=mid:${media.mid}`);
    if (media.audioLevelExtension !== null) {
      lines.push(`a=extmap:${media.audioLevelExtension} ${AUDIO_LEVEL_URI}`);
    }
    lines.push(`a=${answeredDirection(media, local)}`, 'a=rtcp-mux');
    lines.push(`a=rtpmap:${payloadType} opus/48000/2`, `a=fmtp:${payloadType} minptime=10;useinbandfec=1`);
    if (media.mid === OWN_MID) lines.push(...streamLines(local));
  }
  return joinLines(lines);
}

/** @throws Error when something that every description must have is missing */
export function parseDescription(sdp: string): RemoteDescription {
  const sections = sdp.split(/\r?\n(?=m=)/).map((section) => section.split(/\r?\n/));
  const everything = sections.flat();
  const required = (name: string) => {
    const value = attributeOf(everything, name);
    if (value === null) throw new Error(`the engine's description has no a=${name}`);
    return value;
  };
  return {
    ufrag: required('ice-ufrag'),
    password: required('ice-pwd'),
    setup: required('setup'),
    fingerprints: [...new Set(attributesOf(everything, 'fingerprint'))].map(parseFingerprint),
    candidates: attributesOf(everything, 'candidate').flatMap(parseCandidate),
    media: sections.slice(1).map(parseMedia),
  };
}

function sessionLines(mids: readonly string[]): string[] {
  return [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mids.join(' ')}`,
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS *',
  ];
}

function transportLines(local: LocalDescription, setup: string): string[] {
  return [
    'c=IN IP4 0.0.0.0',
    'a=rtcp:9 IN IP4 0.0.0.0',
    `a=ice-ufrag:${local.ufrag}`,
    `a=ice-pwd:${local.password}`,
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${local.fingerprint}`,
    `a=setup:${setup}`,
  ];
}

function streamLines(local: LocalDescription): string[] {
  if (local.stream === null) return [];
  const { ssrc, streamId, trackId } = local.stream;
  return [
    `a=msid:${streamId} ${trackId}`,
    `a=ssrc:${ssrc} cname:${streamId}`,
    `a=ssrc:${ssrc} msid:${streamId} ${trackId}`,
  ];
}

function joinLines(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

function answeredDirection(media: RemoteMedia, local: LocalDescription): RemoteMedia['direction'] {
  const receives = media.direction === 'sendrecv' || media.direction === 'sendonly';
  const wanted = media.direction === 'sendrecv' || media.direction === 'recvonly';
  const sends = wanted && media.mid === OWN_MID && local.stream !== null;
  if (receives) return sends ? 'sendrecv' : 'recvonly';
  return sends ? 'sendonly' : 'inactive';
}

function parseMedia(section: readonly string[]): RemoteMedia {
  const line = section[0] ?? '';
  const flags = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;
  const ssrcs = attributesOf(section, 'ssrc').map((value) => Number(value.split(' ')[0]));
  const extension = attributesOf(section, 'extmap').find((value) => value.includes(AUDIO_LEVEL_URI));
  const opus = attributesOf(section, 'rtpmap').find((value) => /^\d+ opus\//i.test(value));
  return {
    line,
    mid: attributeOf(section, 'mid') ?? '',
    rejected: line.split(' ')[1] === '0',
    direction: flags.find((flag) => section.includes(`a=${flag}`)) ?? 'sendrecv',
    ssrcs: [...new Set(ssrcs)],
    streamId: attributeOf(section, 'msid')?.split(' ')[0] ?? null,
    audioLevelExtension: extension === undefined ? null : Number.parseInt(extension, 10),
    opusPayloadType: opus === undefined ? null : Number.parseInt(opus, 10),
  };
}

function parseFingerprint(value: string): { algorithm: string; value: string } {
  const [algorithm = '', octets = ''] = value.split(' ');
  return { algorithm: algorithm.toLowerCase(), value: octets.toUpperCase() };
}

/** `foundation component transport priority address port typ host …`, RFC 8839 section 5.1. */
function parseCandidate(value: string): { address: string; port: number }[] {
  const [, component, transport, , address = '', port] = value.split(' ');
  const usable = component === '1' && transport?.toLowerCase() === 'udp' && /^[\d.]+$/.test(address);
  return usable ? [{ address, port: Number(port) }] : [];
}

function attributeOf(lines: readonly string[], name: string): string | null {
  return attributesOf(lines, name)[0] ?? null;
}

function attributesOf(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}
