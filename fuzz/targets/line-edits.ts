import type { OctetReader } from '../input/octet-reader.js';

const MAX_EDITS = 7;
const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
/** Numbers at which descriptions tend to change their meaning. */
const NUMBERS = [
  '0',
  '1',
  '9',
  '13',
  '14',
  '63',
  '96',
  '111',
  '127',
  '128',
  '255',
  '65535',
  '4294967295',
  '-1',
];

/** Lines that offers seldom have, or must not have; a number in them is that of the input. */
const LINES = [
  'a=mid:0',
  'a=mid:other',
  'a=group:BUNDLE 0 1',
  'a=setup:passive',
  'a=setup:active',
  'a=ice-lite',
  'a=bundle-only',
  'a=rtcp-mux-only',
  'a=rtpmap:112 rtx/48000/2',
  'a=fmtp:112 apt=111',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtcp-fb:* nack',
  'a=extmap:4/sendonly urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=extmap:15 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=ssrc:1 cname:x',
  'a=ssrc-group:FID 1 2',
  'a=rid:a send',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'm=audio 0 UDP/TLS/RTP/SAVPF 111',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
];

/**
 * Changes a description line by line, as other browsers, proxies and attackers write them.
 *
 * @param others descriptions from which lines may be taken
 * @returns the description with as many changes as the input says
 */
export function editLines(description: string, others: readonly string[], reader: OctetReader): string {
  const lines = description.trimEnd().split(/\r?\n/);
  const edits = reader.octet() % (MAX_EDITS + 1);
  for (let i = 0; i < edits && lines.length > 0; i++) edit(lines, others, reader);
  return `${lines.join('\r\n')}\r\n`;
}

function edit(lines: string[], others: readonly string[], reader: OctetReader): void {
  const kind = reader.octet();
  const at = reader.octet() % lines.length;
  const line = lines[at] ?? '';
  const sections = sectionStarts(lines);
  const start = sections[at % sections.length] ?? 0;
  const end = sections.find((position) => position > start) ?? lines.length;
  const edits: readonly (() => unknown)[] = [
    () => lines.splice(at, 1),
    () => lines.splice(at, 0, line),
    () => lines.splice(reader.octet() % lines.length, 0, ...lines.splice(at, 1)),
    () => lines.splice(at, 0, reader.pick(LINES)),
    () => lines.splice(at, 1, reader.pick(LINES)),
    () => lines.splice(at, 1, withNumber(line, reader)),
    () => lines.splice(at, 1, reader.pick(reader.pick(others).split(/\r?\n/))),
    () => lines.splice(start, end - start),
    () => lines.push(...lines.slice(start, end)),
    () =>
      lines.push(
        ...lines.slice(start, end).map((one) => one.replace(/^a=mid:.*/, `a=mid:${reader.octet()}`)),
      ),
    () => lines.splice(at, 1, line.slice(0, reader.octet() % (line.length + 1))),
    () => lines.splice(at, 1, `${line}${String.fromCharCode(reader.octet())}`),
    () => turn(lines, reader.pick(DIRECTIONS), start, end),
    () => lines.splice(at, 1, line.toUpperCase()),
  ];
  edits[kind % edits.length]?.();
}

/** Where the session and each m-line begin. */
function sectionStarts(lines: readonly string[]): number[] {
  return [0, ...lines.flatMap((line, at) => (line.startsWith('m=') ? [at] : []))];
}

function withNumber(line: string, reader: OctetReader): string {
  const numbers = [...line.matchAll(/\d+/g)];
  if (numbers.length === 0) return line;
  const { 0: digits, index } = reader.pick(numbers);
  return line.slice(0, index) + reader.pick(NUMBERS) + line.slice(index + digits.length);
}

function turn(lines: string[], direction: string, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    const [, now] = /^a=(sendrecv|sendonly|recvonly|inactive)$/.exec(lines[at] ?? '') ?? [];
    if (now !== undefined) lines[at] = `a=${direction}`;
  }
}
