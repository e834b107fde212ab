import type { Fingerprint, MediaAddress } from '../contract/messages.js';
import { type Feedback, NO_FEEDBACK } from './audio-codecs.js';
import type { Direction } from './direction.js';
import { isProtocol, isToken, isVisible } from './grammar.js';
import { AUDIO_LEVEL_URI, type ExtensionIds, MID_URI, TRANSPORT_SEQUENCE_URI } from './header-extensions.js';
import { writeHostCandidates } from './host-candidates.js';
import type { Setup } from './remote-transport.js';

/** The stream that the engine sends on an m-line, RFC 8830 and RFC 5576. */
export interface LocalStream {
  /** First part of msid: the publisher's uid. */
  readonly streamId: string;
  /** Second part of msid: the publisher's cid. */
  readonly trackId: string;
  readonly ssrc: number;
  /** Of its retransmissions (RFC 4588 section 8.3); null for none. */
  readonly retransmissionSsrc: number | null;
  readonly cname: string;
}

/** An m-line with port 0, outside of the BUNDLE group. */
export interface RejectedMedia {
  readonly state: 'rejected';
  /** Null where the peer's m-line has none. */
  readonly mid: string | null;
  readonly kind: string;
  readonly protocol: string;
  readonly formats: readonly string[];
}

/** What repairs the losses of an m-line. */
export interface Repair {
  /** Payload type of RED, and whether it stands before the codec itself; null for none. */
  readonly red: { readonly payloadType: number; readonly first: boolean } | null;
  /** Payload type of retransmissions; null for none. */
  readonly rtxPayloadType: number | null;
  readonly feedback: Feedback;
}

export const NO_REPAIR: Repair = { red: null, rtxPayloadType: null, feedback: NO_FEEDBACK };

/** An accepted m-line of RTP. */
export interface RtpMedia {
  readonly state: 'rtp';
  readonly mid: string;
  readonly kind: string;
  readonly protocol: string;
  readonly direction: Direction;
  readonly payloadType: number;
  /** As in `a=rtpmap`, or null for a static payload type. */
  readonly encoding: string | null;
  /** Value of `a=fmtp`, or null for none. */
  readonly parameters: string | null;
  readonly repair: Repair;
  readonly extensions: ExtensionIds;
  readonly reducedSizeRtcp: boolean;
  readonly stream: LocalStream | null;
}

/** A data-channel m-line that is accepted because it alone can carry the transport. */
export interface DataMedia {
  readonly state: 'data';
  readonly mid: string;
  readonly protocol: string;
  readonly formats: readonly string[];
}

export type LocalMedia = RejectedMedia | RtpMedia | DataMedia;

/** The engine's side of the transport. */
export interface LocalTransport {
  readonly ufrag: string;
  readonly password: string;
  readonly fingerprint: Fingerprint;
  readonly setup: Setup;
  /** At least one. */
  readonly addresses: readonly MediaAddress[];
}

export interface LocalDescription {
  /** Decimal number below 2^63, the same in all descriptions of one connection. */
  readonly sessionId: string;
  /** Rises with each description of the connection. */
  readonly version: number;
  readonly transport: LocalTransport;
  readonly media: readonly LocalMedia[];
}

/** RED has the clock and the channels of what it carries, RFC 2198 section 5. */
const RED_ENCODING = 'red/48000/2';
/** RFC 4588 section 8.1: the clock of what it sends again. */
const RTX_ENCODING = 'rtx/48000/2';
/** RFC 8841 section 5.1. Nobody listens there; the attribute has to be there. */
const SCTP_PORT = 5000;

/**
 * Writes an offer or an answer of the engine.
 *
 * @returns SDP text, RFC 8866, each line ended by CRLF
 * @throws Error when a text in it could begin a line of its own: a broken invariant
 */
export function writeLocalDescription(description: LocalDescription): string {
  const { media, transport } = description;
  const accepted = media.filter((line) => line.state !== 'rejected');
  const tagged = accepted[0];
  const lines = [
    'v=0',
    `o=- ${description.sessionId} ${description.version} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${accepted.map((line) => line.mid).join(' ')}`.trimEnd(),
    'a=ice-lite',
    'a=msid-semantic: WMS *',
  ];
  for (const line of media) {
    checkTexts(line);
    switch (line.state) {
      case 'rejected':
        lines.push(...writeRejected(line));
        break;
      case 'rtp':
        lines.push(...writeRtp(line, transport, line === tagged));
        break;
      case 'data':
        lines.push(...writeData(line, transport, line === tagged));
        break;
    }
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** Keeps whatever came from a client from starting a line of its own. */
function checkTexts(line: LocalMedia): void {
  const texts: string[] = line.mid === null ? [] : [line.mid];
  if (line.state === 'rtp') {
    texts.push(line.kind, ...(line.encoding === null ? [] : [line.encoding]));
    texts.push(...(line.parameters === null ? [] : [line.parameters]));
    texts.push(
      ...(line.stream === null ? [] : [line.stream.streamId, line.stream.trackId, line.stream.cname]),
    );
  } else {
    texts.push(...line.formats);
  }
  if (!texts.every(isVisible) || !isProtocol(line.protocol)) {
    throw new Error(`m-line ${line.mid} would break the description`);
  }
  if (line.state === 'rejected' && !isToken(line.kind)) {
    throw new Error(`m-line ${line.mid} is of a malformed kind`);
  }
}

/** RFC 3264 section 6: port 0; the formats stay, because at least one has to be there. */
function writeRejected(line: RejectedMedia): string[] {
  return [
    `m=${line.kind} 0 ${line.protocol} ${line.formats.join(' ')}`,
    'c=IN IP4 0.0.0.0',
    ...(line.mid === null ? [] : [`a=mid:${line.mid}`]),
    'a=inactive',
  ];
}

function writeRtp(line: RtpMedia, transport: LocalTransport, tagged: boolean): string[] {
  const { payloadType, extensions } = line;
  return [
    ...writeMediaLine(line.kind, line.protocol, formatsOf(line).join(' '), transport),
    `a=mid:${line.mid}`,
    `a=${line.direction}`,
    'a=rtcp-mux',
    ...(line.reducedSizeRtcp ? ['a=rtcp-rsize'] : []),
    ...writeTransport(transport),
    ...(line.encoding === null ? [] : [`a=rtpmap:${payloadType} ${line.encoding}`]),
    ...(line.parameters === null ? [] : [`a=fmtp:${payloadType} ${line.parameters}`]),
    ...writeRepair(line),
    ...(extensions.audioLevel === null ? [] : [`a=extmap:${extensions.audioLevel} ${AUDIO_LEVEL_URI}`]),
    ...(extensions.mid === null ? [] : [`a=extmap:${extensions.mid} ${MID_URI}`]),
    ...(extensions.transportSequence === null
      ? []
      : [`a=extmap:${extensions.transportSequence} ${TRANSPORT_SEQUENCE_URI}`]),
    ...(line.stream === null ? [] : writeStream(line.stream)),
    ...(tagged ? writeCandidates(transport) : []),
  ];
}

/** In the order of preference, RFC 3264 section 6.1. */
function formatsOf({ payloadType, repair }: RtpMedia): number[] {
  const { red, rtxPayloadType } = repair;
  const codecs = red === null ? [payloadType] : [payloadType, red.payloadType];
  if (red?.first === true) codecs.reverse();
  return rtxPayloadType === null ? codecs : [...codecs, rtxPayloadType];
}

function writeRepair({ payloadType, repair }: RtpMedia): string[] {
  const { red, rtxPayloadType, feedback } = repair;
  return [
    ...(red === null
      ? []
      : [
          `a=rtpmap:${red.payloadType} ${RED_ENCODING}`,
          `a=fmtp:${red.payloadType} ${payloadType}/${payloadType}`,
        ]),
    ...(rtxPayloadType === null
      ? []
      : [`a=rtpmap:${rtxPayloadType} ${RTX_ENCODING}`, `a=fmtp:${rtxPayloadType} apt=${payloadType}`]),
    ...(feedback.nack ? [`a=rtcp-fb:${payloadType} nack`] : []),
    ...(feedback.transportCc ? [`a=rtcp-fb:${payloadType} transport-cc`] : []),
    ...(feedback.remb ? [`a=rtcp-fb:${payloadType} goog-remb`] : []),
  ];
}

function writeData(line: DataMedia, transport: LocalTransport, tagged: boolean): string[] {
  return [
    ...writeMediaLine('application', line.protocol, line.formats.join(' '), transport),
    `a=mid:${line.mid}`,
    ...writeTransport(transport),
    `a=sctp-port:${SCTP_PORT}`,
    ...(tagged ? writeCandidates(transport) : []),
  ];
}

/** RFC 8839 section 4.2.1.2: m= and c= name the default candidate. */
function writeMediaLine(
  kind: string,
  protocol: string,
  formats: string,
  transport: LocalTransport,
): string[] {
  const byDefault =
    transport.addresses.find((address) => address.transport === 'udp') ?? transport.addresses[0];
  if (byDefault === undefined) {
    throw new Error('a description needs an address');
  }
  const network = byDefault.family === 'IPv4' ? 'IP4' : 'IP6';
  return [`m=${kind} ${byDefault.port} ${protocol} ${formats}`, `c=IN ${network} ${byDefault.address}`];
}

/** On every m-line, although BUNDLE lets all but the tagged one go without: some clients look no further. */
function writeTransport(transport: LocalTransport): string[] {
  return [
    `a=ice-ufrag:${transport.ufrag}`,
    `a=ice-pwd:${transport.password}`,
    `a=fingerprint:${transport.fingerprint.algorithm} ${transport.fingerprint.value}`,
    `a=setup:${transport.setup}`,
  ];
}

/** RFC 8843 section 7.1.3: in the tagged m-line only. */
function writeCandidates(transport: LocalTransport): string[] {
  return [...writeHostCandidates(transport.addresses), 'a=end-of-candidates'];
}

function writeStream(stream: LocalStream): string[] {
  const { ssrc, retransmissionSsrc, cname } = stream;
  const msid = `${stream.streamId} ${stream.trackId}`;
  const ssrcs = retransmissionSsrc === null ? [ssrc] : [ssrc, retransmissionSsrc];
  return [
    `a=msid:${msid}`,
    ...(retransmissionSsrc === null ? [] : [`a=ssrc-group:FID ${ssrc} ${retransmissionSsrc}`]),
    ...ssrcs.flatMap((each) => [`a=ssrc:${each} cname:${cname}`, `a=ssrc:${each} msid:${msid}`]),
  ];
}
