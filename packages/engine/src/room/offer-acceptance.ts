import { RpcError } from '@kraken/protocol';
import type { WorkerOptions } from '../contract/worker-options.js';
import type { RemoteOpus } from '../sdp/audio-codecs.js';
import { receives } from '../sdp/direction.js';
import { type ExtensionIds, freeExtensionId, NO_EXTENSIONS } from '../sdp/header-extensions.js';
import { NO_REPAIR, type Repair } from '../sdp/local-description.js';
import { DEFAULT_OPUS_PAYLOAD_TYPE } from '../sdp/opus.js';
import type { RemoteDescription, RemoteMedia } from '../sdp/remote-description.js';
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

/** Which repair of losses the engine takes part in. */
export type Recovery = WorkerOptions['recovery'];

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
  recovery: Recovery,
): { readonly lines: MediaLine[]; readonly offered: OfferedLine[] } {
  const offered: OfferedLine[] = [];
  const lines = offer.media.map((media) => {
    const before = current[media.index];
    // Under the same mid, but no audio any more, it is another m-line: its answer has to name its kind.
    const isSame = before?.type === 'audio' && before.mid === media.mid && media.kind === 'audio';
    const existing = isSame ? before : null;
    if (isOpusMedia(media)) {
      const line = existing ?? newAudioLine(media, recovery);
      updateAudioLine(line, media, recovery);
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
export function audioFormatOf(offer: RemoteDescription, recovery: Recovery): AudioFormat {
  const audio = offer.media.find(isOpusMedia);
  if (audio !== undefined) {
    return formatOf(audio, recovery);
  }
  const usedFormats = new Set(offer.media.flatMap((media) => media.formats));
  const usedExtensions = offer.media.flatMap((media) => media.extensionIds);
  return {
    payloadType: freePayloadType(usedFormats),
    parameters: '',
    extensions: { ...NO_EXTENSIONS, audioLevel: freeExtensionId(usedExtensions) },
    repair: NO_REPAIR,
    retransmits: recovery.retransmission,
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

function formatOf({ opus, extensions }: OpusMedia, recovery: Recovery): AudioFormat {
  const { payloadType, parameters } = opus;
  const repair = repairOf(opus, extensions, recovery);
  const { transportSequence } = extensions;
  return {
    payloadType,
    parameters,
    extensions: {
      ...extensions,
      transportSequence: repair.feedback.transportCc ? transportSequence : null,
    },
    repair,
    retransmits: recovery.retransmission,
  };
}

/** @returns what the engine takes part in of what a client offers; congestion control is fed in one way only */
function repairOf(opus: RemoteOpus, { transportSequence }: ExtensionIds, recovery: Recovery): Repair {
  const { redPayloadType, prefersRed, rtxPayloadType } = opus;
  const { nack, transportCc: offersTransportCc, remb } = opus.feedback;
  const transportCc = offersTransportCc && transportSequence !== null;
  return {
    red:
      recovery.redundancy && redPayloadType !== null
        ? { payloadType: redPayloadType, first: prefersRed }
        : null,
    rtxPayloadType: recovery.retransmission ? rtxPayloadType : null,
    feedback: { nack: nack && recovery.retransmission, transportCc, remb: remb && !transportCc },
  };
}

function newAudioLine(media: OpusMedia, recovery: Recovery): AudioLine {
  const line = new AudioLine(media.mid, media.protocol, formatOf(media, recovery), media.reducedSizeRtcp);
  line.own = true;
  return line;
}

function updateAudioLine(line: AudioLine, media: OpusMedia, recovery: Recovery): void {
  line.protocol = media.protocol;
  line.format = formatOf(media, recovery);
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
      repair: NO_REPAIR,
      extensions: NO_EXTENSIONS,
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
