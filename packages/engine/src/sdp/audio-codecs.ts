import type { ParsedMedia } from './sections.js';

/** What a peer takes part in beyond sending and receiving Opus, on one m-line. */
export interface Feedback {
  /** Generic NACK, RFC 4585 section 6.2.1. */
  readonly nack: boolean;
  /** Transport-wide congestion control, draft-holmer-rmcat-transport-wide-cc-extensions-01. */
  readonly transportCc: boolean;
  /** Receiver estimated maximum bitrate, draft-alvestrand-rmcat-remb-03. */
  readonly remb: boolean;
}

/** Opus as an m-line offers it, with what repairs its losses. */
export interface RemoteOpus {
  readonly payloadType: number;
  /** Value of its `a=fmtp`; empty when it has none. */
  readonly parameters: string;
  /** Payload type of RED whose blocks are all of this Opus (RFC 2198 section 5); null for none. */
  readonly redPayloadType: number | null;
  /** The peer would rather have RED than plain Opus: it stands before it in the m-line. */
  readonly prefersRed: boolean;
  /** Payload type of its retransmissions, RFC 4588 section 8.1; null for none. */
  readonly rtxPayloadType: number | null;
  readonly feedback: Feedback;
}

export const NO_FEEDBACK: Feedback = { nack: false, transportCc: false, remb: false };

/** Clock rate and channels of Opus, RFC 7587 section 4.1; those of RED are the same. */
const CLOCK_RATE = 48_000;
const CHANNELS = 2;

/**
 * @param formats of the m-line, in its order
 * @returns the first Opus of the m-line, or null
 */
export function findOpus(section: Partial<ParsedMedia>, formats: readonly string[]): RemoteOpus | null {
  const payloadType = payloadTypes(section, formats, /^opus$/i)[0];
  if (payloadType === undefined) return null;
  const redPayloadType = findRed(section, formats, payloadType);
  return {
    payloadType,
    parameters: parametersOf(section, payloadType),
    redPayloadType,
    prefersRed:
      redPayloadType !== null &&
      formats.indexOf(String(redPayloadType)) < formats.indexOf(String(payloadType)),
    rtxPayloadType: findRtx(section, formats, payloadType),
    feedback: feedbackOf(section, payloadType),
  };
}

export function isPayloadType(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 127;
}

/** @returns those of a codec of two channels at 48 kHz, in the order of the rtpmaps, each once */
function payloadTypes(section: Partial<ParsedMedia>, formats: readonly string[], name: RegExp): number[] {
  const isFound = ({ payload, codec, rate, encoding }: NonNullable<ParsedMedia['rtp']>[number]) =>
    name.test(String(codec)) &&
    Number(rate) === CLOCK_RATE &&
    Number(encoding ?? CHANNELS) === CHANNELS &&
    isPayloadType(payload) &&
    formats.includes(String(payload));
  return [...new Set((section.rtp ?? []).filter(isFound).map(({ payload }) => payload))];
}

/** RFC 2198 section 5: `a=fmtp:63 111/111` names the payload type of each block. */
function findRed(
  section: Partial<ParsedMedia>,
  formats: readonly string[],
  opusPayloadType: number,
): number | null {
  const isOfOpus = (payloadType: number) => {
    const blocks = parametersOf(section, payloadType).split('/');
    return blocks.length > 1 && blocks.every((block) => block.trim() === String(opusPayloadType));
  };
  return payloadTypes(section, formats, /^red$/i).find(isOfOpus) ?? null;
}

function findRtx(
  section: Partial<ParsedMedia>,
  formats: readonly string[],
  opusPayloadType: number,
): number | null {
  const isOfOpus = (payloadType: number) =>
    parametersOf(section, payloadType)
      .split(';')
      .some((parameter) => parameter.trim() === `apt=${opusPayloadType}`);
  const named = (section.rtp ?? []).filter(
    ({ codec, rate, payload }) =>
      /^rtx$/i.test(String(codec)) &&
      Number(rate) === CLOCK_RATE &&
      isPayloadType(payload) &&
      formats.includes(String(payload)),
  );
  return [...new Set(named.map(({ payload }) => payload))].find(isOfOpus) ?? null;
}

function parametersOf(section: Partial<ParsedMedia>, payloadType: number): string {
  return String(section.fmtp?.find((line) => line.payload === payloadType)?.config ?? '');
}

function feedbackOf(section: Partial<ParsedMedia>, payloadType: number): Feedback {
  const types = new Set<string>();
  for (const { payload, type, subtype } of section.rtcpFb ?? []) {
    const isMeant = String(payload) === '*' || String(payload) === String(payloadType);
    if (isMeant && subtype === undefined) types.add(String(type));
  }
  return { nack: types.has('nack'), transportCc: types.has('transport-cc'), remb: types.has('goog-remb') };
}
