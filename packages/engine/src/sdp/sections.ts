import { RpcError } from '@kraken/protocol';
import { parse } from 'sdp-transform';

/** Greatest length of a line; a BUNDLE group of 512 mids has about 2,500. */
export const MAX_LINE_LENGTH = 16 * 1024;
/** Greatest number of m-lines; one for each participant that a client has ever heard at the same time, and its own. */
export const MAX_MEDIA_LINES = 512;
/** Lines that are read for each m-line that there may be; browsers write fewer of them for one of audio. */
const READ_LINES_PER_MEDIA_LINE = 32;
/** Greatest number of lines that are read, where nothing else is configured. */
export const MAX_READ_LINES = READ_LINES_PER_MEDIA_LINE * MAX_MEDIA_LINES;
/** Greatest number of candidates: a client writes them for each m-line, unless these are bundled. */
export const MAX_CANDIDATES = 4 * MAX_MEDIA_LINES;

/** What a description may hold. */
export interface DescriptionLimits {
  readonly mediaLines: number;
  readonly candidates: number;
}

export const DEFAULT_DESCRIPTION_LIMITS: DescriptionLimits = {
  mediaLines: MAX_MEDIA_LINES,
  candidates: MAX_CANDIDATES,
};

/**
 * The attributes that the engine reads. Only they reach the parser, which tries some fifty patterns on each
 * line: the candidates of a large description, and texts for other codecs, would keep the control plane busy.
 */
const READ_ATTRIBUTES = new Set([
  'bundle-only',
  'extmap',
  'fmtp',
  'group',
  'ice-lite',
  'ice-pwd',
  'ice-ufrag',
  'inactive',
  'mid',
  'recvonly',
  'rtcp-fb',
  'rtcp-mux',
  'rtcp-rsize',
  'rtpmap',
  'sendonly',
  'sendrecv',
  'setup',
  'ssrc',
  'ssrc-group',
]);
const ATTRIBUTE_NAME = /^a=([a-z-]+)/;
const CANDIDATE = 'a=candidate:';
const FINGERPRINT = /^a=fingerprint:(\S+) (\S+)\s*$/;

export type ParsedSession = ReturnType<typeof parse>;
export type ParsedMedia = ParsedSession['media'][number];

/** A fingerprint line as it stands. */
export interface FingerprintLine {
  readonly algorithm: string;
  readonly value: string;
}

/** A description cut into its sections. `fingerprints` runs parallel to `session.media`. */
export interface Sections {
  readonly session: ParsedSession;
  readonly sessionFingerprints: readonly FingerprintLine[];
  readonly mediaFingerprints: readonly (readonly FingerprintLine[])[];
}

/**
 * Cuts an SDP text into the session's part and one part for each m-line.
 *
 * The parser takes almost anything: fields may be missing whatever their types say, and texts that look like
 * numbers come out as numbers. It keeps one fingerprint of several, which is why they are read here.
 *
 * @throws RpcError INVALID_SDP
 */
export function parseSections(sdp: string, limits: DescriptionLimits): Sections {
  const lines = sdp.split(/\r\n|\n|\r/);
  if (lines[0] !== 'v=0') {
    throw new RpcError('INVALID_SDP', 'the description does not begin with v=0');
  }
  const read: string[] = [];
  const sessionFingerprints: FingerprintLine[] = [];
  const mediaFingerprints: FingerprintLine[][] = [];
  let candidates = 0;
  for (const line of lines) {
    if (line.length > MAX_LINE_LENGTH) {
      throw new RpcError('INVALID_SDP', `a line is longer than ${MAX_LINE_LENGTH} characters`);
    }
    if (line.startsWith('m=')) {
      mediaFingerprints.push([]);
      read.push(line);
    } else if (READ_ATTRIBUTES.has(ATTRIBUTE_NAME.exec(line)?.[1] ?? '')) {
      read.push(line);
    } else if (line.startsWith(CANDIDATE)) {
      candidates++;
    }
    const [, algorithm, value] = FINGERPRINT.exec(line) ?? [];
    if (algorithm !== undefined && value !== undefined) {
      (mediaFingerprints.at(-1) ?? sessionFingerprints).push({ algorithm, value });
    }
  }
  checkCount(read.length, READ_LINES_PER_MEDIA_LINE * limits.mediaLines, 'lines to read');
  checkCount(mediaFingerprints.length, limits.mediaLines, 'm-lines');
  checkCount(candidates, limits.candidates, 'candidates');
  return { session: parse(read.join('\r\n')), sessionFingerprints, mediaFingerprints };
}

/** @throws RpcError INVALID_SDP */
function checkCount(count: number, limit: number, what: string): void {
  if (count > limit) throw new RpcError('INVALID_SDP', `the description has more than ${limit} ${what}`);
}
