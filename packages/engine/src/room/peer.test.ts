import { expect, test } from 'vitest';
import { newPeer } from './testing/new-peer.js';

const STREAMS = 20_000;

test('no two streams to one participant ever have the same SSRC, whoever comes and goes', () => {
  const peer = newPeer();
  const ssrcs = new Set<number>();
  for (let i = 0; i < STREAMS; i++) {
    const { ssrc, retransmissionSsrc } = peer.freeSsrcs();
    ssrcs.add(ssrc).add(retransmissionSsrc);
  }
  expect(ssrcs.size).toBe(2 * STREAMS);
  expect(ssrcs.has(0)).toBe(false);
});

test("a stream to a participant never has the SSRC of one of the participant's own", () => {
  const twin = newPeer();
  const { ssrc } = twin.freeSsrcs();
  twin.remoteSsrcs = Array.from({ length: 8 }, (_, i) => (ssrc + (i + 1) * 0x9e37_79b1) % 2 ** 32);
  const next = twin.freeSsrcs();
  for (const given of [next.ssrc, next.retransmissionSsrc]) expect(twin.remoteSsrcs).not.toContain(given);
});
