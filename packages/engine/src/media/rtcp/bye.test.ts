import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allAlike, amidPoisons } from '../rtp/testing/poison.js';
import { BYE_LENGTH, Bye, parseBye, readByeSource, writeBye } from './bye.js';
import { RTCP_ACCEPTED, RTCP_CONTENT_BEYOND_END } from './drop-reasons.js';
import { buildRtcp, hostileCompound } from './testing/arbitrary-compound.js';

function sourcesOf(bytes: Uint8Array, offset: number, length: number): number[] | null {
  const bye = new Bye();
  if (parseBye(bytes, offset, length, bye) !== RTCP_ACCEPTED) return null;
  return Array.from({ length: bye.sourceCount }, (_, index) => readByeSource(bytes, bye, index));
}

test('all sources are read, up to 31, with or without a reason', () => {
  const sources = fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 31 });
  fc.assert(
    fc.property(sources, fc.boolean(), (ssrcs, withReason) => {
      const body = new Uint8Array(ssrcs.length * 4 + (withReason ? 4 : 0));
      const view = new DataView(body.buffer);
      for (const [index, ssrc] of ssrcs.entries()) view.setUint32(index * 4, ssrc);
      if (withReason) body.set([3, 0x65, 0x6e, 0x64], ssrcs.length * 4);
      const packet = buildRtcp(203, ssrcs.length, body);
      expect(sourcesOf(packet, 0, packet.length)).toEqual(ssrcs);
    }),
  );
});

test('a goodbye without room for its sources is dropped', () => {
  const packet = buildRtcp(203, 3, new Uint8Array(8));
  expect(parseBye(packet, 0, packet.length, new Bye())).toBe(RTCP_CONTENT_BEYOND_END);
  expect(parseBye(packet, 0, 0, new Bye())).toBe(RTCP_CONTENT_BEYOND_END);
});

test('what is written is one source, laid out as in RFC 3550 section 6.6', () => {
  amidPoisons(new Uint8Array(BYE_LENGTH), (array) => {
    expect(writeBye(array.bytes, array.offset, 0xdeadbeef)).toBe(BYE_LENGTH);
    expect(array.isIntact()).toBe(true);
    expect([...array.packet()]).toEqual([0x81, 203, 0, 1, 0xde, 0xad, 0xbe, 0xef]);
    expect(sourcesOf(array.bytes, array.offset, array.length)).toEqual([0xdeadbeef]);
  });
});

test('hostile bytes never throw, and nothing outside of them is read', () => {
  fc.assert(
    fc.property(hostileCompound, (packet) => {
      const results = amidPoisons(packet, (array) => sourcesOf(array.bytes, array.offset, array.length));
      expect(allAlike(results)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
