import { expect, test } from 'vitest';
import { announceNack } from './announce-nack.js';

const OFFER =
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\n';

test('NACK is listed for Opus on each m-line, and for nothing else', () => {
  const announced =
    'm=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\na=rtpmap:63 red/48000/2\r\n';
  expect(announceNack(OFFER)).toBe(announced);
  expect(announceNack(OFFER + OFFER)).toBe(announced + announced);
});

test('a browser that lists it is left alone', () => {
  expect(announceNack(announceNack(OFFER))).toBe(announceNack(OFFER));
});
