import { MAX_FIRST_MESSAGE } from '../../packages/edge/src/auth/callers.js';
import { ClientMessages, textFrame } from '../../packages/monitor/src/live/client-messages.js';
import { OctetReader } from '../input/octet-reader.js';
import { type FuzzTarget, promise } from '../target.js';

/** First octets of an input: how long the pieces are in which the rest comes. */
const CUTS = 6;
const TOO_LONG = 1009;
const PROTOCOL_ERROR = 1002;
const UNSUPPORTED_DATA = 1003;
const MASK = Uint8Array.of(7, 1, 0, 0xff);

/** What a monitor reads of a live socket before a token was shown: the same however it is cut, and no more than RFC 6455 says. */
export const firstMessages: FuzzTarget = {
  name: 'first-messages',
  maxLength: 500,
  seeds: () => {
    const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'authenticate', params: ['x'.repeat(120)] });
    const streams = [
      [frame(0x81, call), frame(0x81, '{}')],
      [frame(0x89, 'ping'), frame(0x8a, ''), frame(0x81, 'text'), frame(0x88, '\u0003\u00e8')],
      [frame(0x01, 'part'), frame(0x80, 'rest')],
      [frame(0x82, 'binary')],
      [frame(0x81, call).subarray(0, 40)],
      [Buffer.of(0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4)],
    ];
    return streams.map((frames) => Buffer.concat([Buffer.of(3, 1, 1, 8, 60, 0), ...frames]));
  },
  prepare: () => (input) => {
    const stream = Buffer.from(input.subarray(CUTS));
    const expected = JSON.stringify(expectedOf(stream));
    const whole = read([stream]);
    promise(JSON.stringify(whole) === expected, 'messages are those of RFC 6455');
    const reader = new OctetReader(input.subarray(0, CUTS));
    promise(JSON.stringify(read(cut(stream, reader))) === expected, 'cuts do not matter');
    promise(
      JSON.stringify(read([...stream].map((octet) => Buffer.of(octet)))) === expected,
      'single octets do',
    );
    for (const text of whole.texts) checkFrame(text);
  },
};

interface Read {
  readonly texts: readonly string[];
  /** How it ends: by a code, by the client, or not yet. */
  readonly end: number | 'ended' | null;
  /** What is left to be passed on; nothing is when it has ended. */
  readonly rest: string;
}

function read(pieces: readonly Buffer[]): Read {
  const messages = new ClientMessages();
  const texts: string[] = [];
  for (const piece of pieces) {
    messages.push(piece);
    for (let message = messages.next(); message !== null; message = messages.next()) {
      if (message === 'ended') return { texts, end: 'ended', rest: '' };
      if ('code' in message) return { texts, end: message.code, rest: '' };
      texts.push(message.text);
    }
  }
  return { texts, end: null, rest: messages.rest.toString('hex') };
}

/** RFC 6455 section 5.2, of which only whole text messages and control frames are taken. */
function expectedOf(stream: Buffer): Read {
  const texts: string[] = [];
  for (let at = 0; ; ) {
    const left = stream.subarray(at);
    const unread = { texts, end: null, rest: left.toString('hex') };
    if (left.length < 2) return unread;
    const [first, second] = [left.readUInt8(0), left.readUInt8(1)];
    const size = second & 0x7f;
    const isControl = first === 0x88 || first === 0x89 || first === 0x8a;
    if (second < 0x80) return { texts, end: PROTOCOL_ERROR, rest: '' };
    if (first === 0x82) return { texts, end: UNSUPPORTED_DATA, rest: '' };
    if (first !== 0x81 && !(isControl && size < 126)) return { texts, end: PROTOCOL_ERROR, rest: '' };
    if (size === 127) return { texts, end: TOO_LONG, rest: '' };
    const header = size === 126 ? 4 : 2;
    if (left.length < header) return unread;
    const length = size === 126 ? left.readUInt16BE(2) : size;
    if (length > MAX_FIRST_MESSAGE) return { texts, end: TOO_LONG, rest: '' };
    if (left.length < header + 4 + length) return unread;
    const payload = unmask(left.subarray(header, header + 4), left.subarray(header + 4, header + 4 + length));
    if (first === 0x88) return { texts, end: 'ended', rest: '' };
    if (first === 0x81) texts.push(payload.toString());
    at += header + 4 + length;
  }
}

/** What the monitor writes is what a client reads: the same without a mask. */
function checkFrame(text: string): void {
  const written = textFrame(text);
  const octets = Buffer.from(text);
  const header = octets.length < 126 ? [0x81, octets.length] : [0x81, 126, octets.length >> 8, octets.length];
  promise(written.equals(Buffer.concat([Buffer.from(header), octets])), 'answers are whole frames');
}

function frame(first: number, text: string): Buffer {
  const octets = Buffer.from(text);
  const size = octets.length < 126 ? [octets.length] : [126, octets.length >> 8, octets.length];
  const [length = 0, ...more] = size;
  return Buffer.concat([Buffer.of(first, 0x80 | length, ...more), MASK, unmask(MASK, octets)]);
}

function unmask(mask: Uint8Array, octets: Buffer): Buffer {
  return Buffer.from(octets.map((octet, i) => octet ^ (mask[i % 4] ?? 0)));
}

function cut(stream: Buffer, reader: OctetReader): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  while (start < stream.length && !reader.isAtEnd) {
    const end = start + reader.octet();
    pieces.push(stream.subarray(start, end));
    start = end;
  }
  return [...pieces, stream.subarray(start)];
}
