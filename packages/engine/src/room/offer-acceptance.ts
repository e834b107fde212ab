import { RpcError } from '@kraken/protocol';
import { receives } from '../sdp/direction.js';
import { freeExtensionId } from '../sdp/header-extensions.js';
import { DEFAULT_OPUS_PAYLOAD_TYPE } from '../sdp/opus.js';
import type { RemoteDescription, RemoteMedia, RemoteOpus } from '../sdp/remote-description.js';
import {
  type AudioFormat,
  AudioLine,
  type CarrierLine,
  type MediaLine,
  type RejectedLine,
} from './media-line.js';
import type { OfferedLine } from './publishing.js';

/** Dynamic payload types that do not collide with RTCP, RFC 5761 section 4. */
const FIRST_DYNAMIC_PAYLOAD_TYPE = 96;
const LAST_DYNAMIC_PAYLOAD_TYPE = 127;

type OpusMedia = RemoteMedia & { readonly mid: string; readonly opus: RemoteOpus };

/** Which m-lines of an offer are accepted, and the one whose attributes describe the shared transport. */
export interface Acceptance {
  /** The first accepted m-line: the answerer-tagged one of RFC 8843 section 7.3.1. */
  readonly tagged: RemoteMedia;
  /** The accepted m-line that is no audio of ours, or null. */
  readonly carrier: RemoteMedia | null;
}

/**
 * Decides what becomes of the m-lines of a client's offer; changes nothing.
 *
 * Audio with Opus is accepted, everything else rejected. An offer without such audio (a listener that brings
 * just a data channel, or video) still has to yield a transport: its first usable m-line is accepted as the
 * carrier, inactive if it is RTP. SCTP on it is never answered, so a data channel stays closed.
 *
 * @param current the m-lines so far; empty for the first offer
 * @throws RpcError INVALID_SDP when no m-line can carry the transport; SET_REMOTE_OFFER when the m-lines are not
 *   those negotiated before, with new ones behind them
 */
export function acceptOffer(current: readonly MediaLine[], offer: RemoteDescription): Acceptance {
  checkContinuity(current, offer);
  const audio = offer.media.filter(isOpusMedia);
  const isCarrier = (media: RemoteMedia) =>
    media.transportable &&
    current[media.index]?.type === 'carrier' &&
    current[media.index]?.mid === media.mid;
  const carrier =
    offer.media.find((media) => isCarrier(media) && !isOpusMedia(media)) ??
    (audio.length === 0 ? offer.media.find((media) => media.transportable) : undefined) ??
    null;
  const tagged = offer.media.find((media) => media === carrier || isOpusMedia(media));
  if (tagged === undefined) {
    throw new RpcError('INVALID_SDP', 'no m-line can carry the transport');
  }
  return { tagged, carrier };
}

/**
 * Brings the m-lines up to date with an offer that was accepted. Those that stay are changed in place.
 *
 * @returns all m-lines in the order of the offer, and its audio m-lines with what the offer says of them
 */
export function applyOffer(
  current: readonly MediaLine[],
  offer: RemoteDescription,
  { carrier }: Acceptance,
): { readonly lines: MediaLine[]; readonly offered: OfferedLine[] } {
  const offered: OfferedLine[] = [];
  const lines = offer.media.map((media) => {
    const before = current[media.index];
    const existing = before?.type === 'audio' && before.mid === media.mid ? before : null;
    if (isOpusMedia(media)) {
      const line = existing ?? newAudioLine(media);
      updateAudioLine(line, media);
      offered.push({ line, media });
      return line;
    }
    if (existing !== null) {
      existing.stopped = true;
      offered.push({ line: existing, media });
      return existing;
    }
    return media === carrier ? carrierLine(media) : rejectedLine(media);
  });
  return { lines, offered };
}

/**
 * @param offer the first offer of the client
 * @returns how Opus is numbered on the m-lines that the engine adds: as in the client's own audio, because
 *   payload types and extension ids have one meaning in a BUNDLE group (RFC 8843 sections 9.1 and 15)
 */
export function audioFormatOf(offer: RemoteDescription): AudioFormat {
  const audio = offer.media.find(isOpusMedia);
  if (audio !== undefined) {
    return formatOf(audio);
  }
  const usedFormats = new Set(offer.media.flatMap((media) => media.formats));
  const usedExtensions = offer.media.flatMap((media) => media.extensionIds);
  return {
    payloadType: freePayloadType(usedFormats),
    parameters: '',
    extensions: { audioLevel: freeExtensionId(usedExtensions), mid: null },
  };
}

/** RFC 9429 section 5.2.2: m-lines keep their order; only one that is rejected may change its mid. */
function checkContinuity(current: readonly MediaLine[], offer: RemoteDescription): void {
  for (const [index, line] of current.entries()) {
    if (line.type === 'audio' && !line.slot.isNegotiated) {
      return;
    }
    const media = offer.media[index];
    if (media === undefined) {
      throw new RpcError('SET_REMOTE_OFFER', `m-line ${index}, which was negotiated, is missing`);
    }
    const isReplaceable =
      line.type === 'rejected' || (line.type === 'audio' && line.stopped) || media.rejected;
    if (media.mid !== line.mid && !isReplaceable) {
      throw new RpcError('SET_REMOTE_OFFER', `m-line ${index} has another mid than was negotiated`);
    }
  }
}

function isOpusMedia(media: RemoteMedia): media is OpusMedia {
  return media.transportable && media.opus !== null && media.mid !== null;
}

function formatOf({ opus, extensions }: OpusMedia): AudioFormat {
  return { payloadType: opus.payloadType, parameters: opus.parameters, extensions };
}

function newAudioLine(media: OpusMedia): AudioLine {
  const line = new AudioLine(media.mid, media.protocol, formatOf(media), media.reducedSizeRtcp);
  line.own = true;
  return line;
}

function updateAudioLine(line: AudioLine, media: OpusMedia): void {
  line.protocol = media.protocol;
  line.format = formatOf(media);
  line.reducedSizeRtcp = media.reducedSizeRtcp;
  line.sendable = receives(media.direction);
  line.stopped = false;
}

function carrierLine(media: RemoteMedia): CarrierLine {
  const { mid, kind, protocol, formats, reducedSizeRtcp, firstCodec } = media;
  if (mid === null) {
    throw new Error(`m-line ${media.index} can carry the transport but has no mid`);
  }
  if (firstCodec === null) {
    return { type: 'carrier', mid, media: { state: 'data', mid, protocol, formats } };
  }
  return {
    type: 'carrier',
    mid,
    media: {
      state: 'rtp',
      mid,
      kind,
      protocol,
      direction: 'inactive',
      payloadType: firstCodec.payloadType,
      encoding: firstCodec.encoding,
      parameters: null,
      extensions: { audioLevel: null, mid: null },
      reducedSizeRtcp,
      stream: null,
    },
  };
}

function rejectedLine({ mid, kind, protocol, formats }: RemoteMedia): RejectedLine {
  return { type: 'rejected', mid, media: { state: 'rejected', mid, kind, protocol, formats } };
}

function freePayloadType(used: ReadonlySet<string>): number {
  if (!used.has(String(DEFAULT_OPUS_PAYLOAD_TYPE))) {
    return DEFAULT_OPUS_PAYLOAD_TYPE;
  }
  for (
    let payloadType = FIRST_DYNAMIC_PAYLOAD_TYPE;
    payloadType <= LAST_DYNAMIC_PAYLOAD_TYPE;
    payloadType++
  ) {
    if (!used.has(String(payloadType))) {
      return payloadType;
    }
  }
  return DEFAULT_OPUS_PAYLOAD_TYPE;
}
