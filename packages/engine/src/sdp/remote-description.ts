import { RpcError } from '@kraken/protocol';
import { findOpus, isPayloadType, type RemoteOpus } from './audio-codecs.js';
import type { Direction } from './direction.js';
import { isMid, isProtocol, isToken, isVisible } from './grammar.js';
import {
  AUDIO_LEVEL_URI,
  type ExtensionIds,
  MAX_EXTENSION_ID,
  MID_URI,
  TRANSPORT_SEQUENCE_URI,
} from './header-extensions.js';
import { parseRemoteTransport, type RemoteTransport } from './remote-transport.js';
import {
  DEFAULT_DESCRIPTION_LIMITS,
  type DescriptionLimits,
  type ParsedMedia,
  type ParsedSession,
  parseSections,
  type Sections,
} from './sections.js';

/** Greatest number of formats of one m-line; the payload types of RTP end before it. */
export const MAX_FORMATS = 128;
/** Greatest number of SSRCs that one audio m-line may name. */
export const MAX_SSRCS = 64;

/** A codec of an m-line. */
export interface RemoteCodec {
  readonly payloadType: number;
  /** As in `a=rtpmap`: `VP8/90000`; null for a static payload type without one. */
  readonly encoding: string | null;
}

/** One m-line of the peer. Every text in it is safe to echo. */
export interface RemoteMedia {
  readonly index: number;
  /** Null only where the m-line is rejected. */
  readonly mid: string | null;
  /** `audio`, `video`, `application`, … */
  readonly kind: string;
  /** `UDP/TLS/RTP/SAVPF`, `TCP/TLS/RTP/SAVPF`, `UDP/DTLS/SCTP`, … */
  readonly protocol: string;
  readonly formats: readonly string[];
  /** Port 0 without `a=bundle-only`. */
  readonly rejected: boolean;
  /** Whether it can share the peer's one transport: DTLS, in the BUNDLE group, with rtcp-mux where it is RTP. */
  readonly transportable: boolean;
  /** Its transport carries RTP. */
  readonly rtp: boolean;
  readonly direction: Direction;
  readonly reducedSizeRtcp: boolean;
  /** The first Opus payload type; null where there is none. */
  readonly opus: RemoteOpus | null;
  /** The codec of the first format; null for what is not RTP. */
  readonly firstCodec: RemoteCodec | null;
  readonly extensions: ExtensionIds;
  /** Ids of all header extensions that it offers. */
  readonly extensionIds: readonly number[];
  /** SSRCs of an audio m-line, without those of retransmissions (`a=ssrc-group:FID`, RFC 5576). */
  readonly ssrcs: readonly number[];
  /** That of the retransmissions; null where SDP names none. */
  readonly retransmissionSsrc: number | null;
}

export interface RemoteDescription {
  /** In the order of the text; at least one. */
  readonly media: readonly RemoteMedia[];
  /**
   * @returns the transport of that m-line
   * @throws RpcError INVALID_SDP
   */
  transportOf(media: RemoteMedia): RemoteTransport;
}

const DTLS_RTP = /^(?:[A-Z]+\/)?TLS\/RTP\/SAVPF?$/;
const DTLS_SCTP = /^(?:[A-Z]+\/)?DTLS\/SCTP$/;

/**
 * Parses and checks an offer or an answer. What the engine has no use for (candidates, feedback, SDES keys,
 * codecs other than Opus) is passed over.
 *
 * @param sdp the SDP text
 * @throws RpcError INVALID_SDP that names the m-line and what is wrong with it
 */
export function parseRemoteDescription(
  sdp: string,
  limits: DescriptionLimits = DEFAULT_DESCRIPTION_LIMITS,
): RemoteDescription {
  const sections = parseSections(sdp, limits);
  if (sections.session.media.length === 0) {
    throw new RpcError('INVALID_SDP', 'the description has no m-line');
  }
  const bundle = bundleGroup(sections.session);
  const media = sections.session.media.map((section, index) => parseMedia(sections, section, index, bundle));
  checkMids(media);
  if (bundle === null && media.filter((line) => !line.rejected).length > 1) {
    throw new RpcError('INVALID_SDP', 'several m-lines, but no BUNDLE group');
  }
  return { media, transportOf: (line) => parseRemoteTransport(sections, line.index) };
}

/** @returns the mids of the first BUNDLE group (RFC 8843 section 5), null without one */
function bundleGroup(session: ParsedSession): ReadonlySet<string> | null {
  const group = session.groups?.find((candidate) => candidate.type === 'BUNDLE');
  return group === undefined ? null : new Set(String(group.mids).split(' '));
}

function parseMedia(
  sections: Sections,
  section: Partial<ParsedMedia>,
  index: number,
  bundle: ReadonlySet<string> | null,
): RemoteMedia {
  const kind = String(section.type ?? '');
  const protocol = String(section.protocol ?? '');
  const formats = String(section.payloads ?? '').split(' ');
  if (!Number.isInteger(section.port) || !isToken(kind) || !isProtocol(protocol)) {
    throw new RpcError('INVALID_SDP', `m-line ${index} is malformed`);
  }
  if (formats.length > MAX_FORMATS || !formats.every(isVisible)) {
    throw new RpcError('INVALID_SDP', `the formats of m-line ${index} are malformed`);
  }
  const mid = section.mid === undefined ? null : String(section.mid);
  const rejected = section.port === 0 && section.bundleOnly === undefined;
  const rtp = DTLS_RTP.test(protocol);
  const bundled = bundle === null || (mid !== null && bundle.has(mid));
  if (rtp && kind === 'audio' && !rejected && section.rtcpMux === undefined) {
    throw new RpcError('INVALID_SDP', `m-line ${index} has no rtcp-mux`);
  }
  return {
    index,
    mid,
    kind,
    protocol,
    formats,
    rejected,
    transportable: !rejected && bundled && (rtp ? section.rtcpMux !== undefined : DTLS_SCTP.test(protocol)),
    rtp,
    direction: section.direction ?? sections.session.direction ?? 'sendrecv',
    reducedSizeRtcp: section.rtcpRsize !== undefined,
    opus: kind === 'audio' && rtp ? findOpus(section, formats) : null,
    firstCodec: rtp ? firstCodec(section, formats, index) : null,
    extensions: {
      audioLevel: extensionId(section, AUDIO_LEVEL_URI),
      mid: extensionId(section, MID_URI),
      transportSequence: extensionId(section, TRANSPORT_SEQUENCE_URI),
    },
    extensionIds: (section.ext ?? []).map((extension) => Number(extension.value)),
    ssrcs: kind === 'audio' ? parseSsrcs(section, index) : [],
    retransmissionSsrc: kind === 'audio' ? retransmissionSsrcOf(section) : null,
  };
}

function checkMids(media: readonly RemoteMedia[]): void {
  const seen = new Set<string>();
  for (const { index, mid, rejected } of media) {
    if (mid === null) {
      if (!rejected) {
        throw new RpcError('INVALID_SDP', `m-line ${index} has no mid`);
      }
      continue;
    }
    if (!isMid(mid)) {
      throw new RpcError('INVALID_SDP', `the mid of m-line ${index} is malformed`);
    }
    if (seen.has(mid)) {
      throw new RpcError('INVALID_SDP', `two m-lines have the mid ${mid}`);
    }
    seen.add(mid);
  }
}

function firstCodec(section: Partial<ParsedMedia>, formats: readonly string[], index: number): RemoteCodec {
  const payloadType = Number(formats[0]);
  if (!isPayloadType(payloadType)) {
    throw new RpcError('INVALID_SDP', `${formats[0]} in m-line ${index} is not a payload type`);
  }
  const map = section.rtp?.find((line) => line.payload === payloadType);
  if (map === undefined) {
    return { payloadType, encoding: null };
  }
  const encoding = [map.codec, map.rate, map.encoding].filter((part) => part !== undefined).join('/');
  if (!isVisible(encoding)) {
    throw new RpcError('INVALID_SDP', `the rtpmap of payload type ${payloadType} is malformed`);
  }
  return { payloadType, encoding };
}

function extensionId(section: Partial<ParsedMedia>, uri: string): number | null {
  const isPlain = (extension: { uri: string; 'encrypt-uri'?: string }) =>
    String(extension.uri) === uri && extension['encrypt-uri'] === undefined;
  const id = section.ext?.find(isPlain)?.value;
  return Number.isInteger(id) && id !== undefined && id >= 1 && id <= MAX_EXTENSION_ID ? id : null;
}

function parseSsrcs(section: Partial<ParsedMedia>, index: number): number[] {
  const retransmissions = new Set(groupsOfRetransmission(section).flatMap(([, ...others]) => others));
  const ssrcs = new Set<number>();
  for (const { id } of section.ssrcs ?? []) {
    if (!isSsrc(id)) {
      throw new RpcError('INVALID_SDP', `an SSRC of m-line ${index} is not a number of 32 bits`);
    }
    if (!retransmissions.has(id)) {
      ssrcs.add(id);
    }
  }
  if (ssrcs.size > MAX_SSRCS) {
    throw new RpcError('INVALID_SDP', `m-line ${index} names more than ${MAX_SSRCS} SSRCs`);
  }
  return [...ssrcs];
}

/** @returns the SSRC that repairs the first one which has any, or null */
function retransmissionSsrcOf(section: Partial<ParsedMedia>): number | null {
  const ssrc = groupsOfRetransmission(section)[0]?.[1];
  return ssrc !== undefined && isSsrc(ssrc) ? ssrc : null;
}

/** RFC 5576 section 4.2: a stream's SSRC, and that of its retransmissions. */
function groupsOfRetransmission(section: Partial<ParsedMedia>): number[][] {
  const groups = (section.ssrcGroups ?? []).filter(({ semantics }) => semantics === 'FID');
  return groups.map(({ ssrcs }) => String(ssrcs).split(' ').map(Number));
}

function isSsrc(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}
