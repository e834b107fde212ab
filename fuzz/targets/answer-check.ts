import { promise } from '../target.js';

/** A line of RFC 8866, in ASCII that can be seen, for nobody is to be sent lines of others' making. */
const LINE = /^[a-z]=[ -~]+$/;

interface Section {
  readonly kind: string;
  readonly port: number;
  readonly formats: readonly string[];
  readonly lines: readonly string[];
}

/** @throws Error when a text of the engine's is no description */
export function checkText(sdp: string): void {
  promise(sdp.endsWith('\r\n'), 'a description ends with a line');
  for (const line of sdp.slice(0, -2).split('\r\n')) promise(LINE.test(line), `this is a line: ${line}`);
}

/**
 * Holds an answer of the engine against the offer: RFC 3264 section 6 and RFC 9143 section 7.3.
 *
 * @throws Error when the answer does not fit
 */
export function checkAnswer(offer: string, answer: string): void {
  checkText(answer);
  const offered = sectionsOf(offer);
  const answered = sectionsOf(answer);
  promise(answered.length === offered.length, 'an answer has as many m-lines as the offer');
  const accepted: string[] = [];
  for (const [index, section] of answered.entries()) {
    const theirs = offered[index];
    if (theirs === undefined) continue;
    promise(section.kind === theirs.kind, 'an m-line keeps its kind');
    if (section.port === 0) continue;
    promise(
      section.formats.every((format) => theirs.formats.includes(format)),
      'only formats that were offered are answered',
    );
    promise(
      theirs.port !== 0 || theirs.lines.includes('a=bundle-only'),
      'what was offered as rejected stays so',
    );
    accepted.push(midOf(section) ?? '');
    promise(midOf(theirs) === null || midOf(section) === midOf(theirs), 'an m-line keeps its name');
    checkDirection(section, directionOf(theirs));
  }
  promise(new Set(accepted).size === accepted.length, 'no two m-lines are called the same');
  const group = /^a=group:BUNDLE ?(.*)\r$/m.exec(answer)?.[1] ?? '';
  promise(group === accepted.join(' '), 'all that is accepted is one bundle');
}

/** Of what is no audio, at most the transport is used. */
function checkDirection(section: Section, offered: string): void {
  if (section.kind === 'application') return;
  const answered = directionOf(section);
  promise(section.kind === 'audio' || answered === 'inactive', 'only audio flows');
  const sends = answered === 'sendrecv' || answered === 'sendonly';
  const receives = answered === 'sendrecv' || answered === 'recvonly';
  promise(
    !sends || offered === 'sendrecv' || offered === 'recvonly',
    'nothing is sent to who does not receive',
  );
  promise(
    !receives || offered === 'sendrecv' || offered === 'sendonly',
    'who sends nothing is not listened to',
  );
}

function sectionsOf(sdp: string): Section[] {
  return sdp
    .split(/^(?=m=)/m)
    .filter((section) => section.startsWith('m='))
    .map((section) => {
      const lines = section.trimEnd().split(/\r?\n/);
      const [kind = '', port = '', , ...formats] = (lines[0] ?? '').slice(2).trim().split(' ');
      return { kind, port: Number.parseInt(port, 10), formats, lines };
    });
}

function midOf({ lines }: Section): string | null {
  return lastOf(lines, /^a=mid:(\S+)/);
}

/** RFC 3264 section 5.1: sendrecv when nothing is said; of several the last counts, as for all who parse. */
function directionOf({ lines }: Section): string {
  return lastOf(lines, /^a=(sendrecv|sendonly|recvonly|inactive)$/) ?? 'sendrecv';
}

function lastOf(lines: readonly string[], pattern: RegExp): string | null {
  return lines.flatMap((line) => pattern.exec(line)?.[1] ?? []).at(-1) ?? null;
}
