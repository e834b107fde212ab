/** RTP header extensions that the engine takes part in, by URI. */

/** RFC 6464. */
export const AUDIO_LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';
/** RFC 8843 section 15. */
export const MID_URI = 'urn:ietf:params:rtp-hdrext:sdes:mid';
/** draft-holmer-rmcat-transport-wide-cc-extensions-01 section 2. */
export const TRANSPORT_SEQUENCE_URI =
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';

/** Greatest id of a one-byte header, RFC 8285 section 4.2; browsers stay below it. */
export const MAX_EXTENSION_ID = 14;

/** Ids in one description; null for an extension that it does not offer. */
export interface ExtensionIds {
  readonly audioLevel: number | null;
  readonly mid: number | null;
  /** Sequence numbers across the transport, for congestion control. */
  readonly transportSequence: number | null;
}

export const NO_EXTENSIONS: ExtensionIds = { audioLevel: null, mid: null, transportSequence: null };

/** @returns the lowest id that is not in `used`, or null when all are taken */
export function freeExtensionId(used: readonly number[]): number | null {
  for (let id = 1; id <= MAX_EXTENSION_ID; id++) {
    if (!used.includes(id)) {
      return id;
    }
  }
  return null;
}
