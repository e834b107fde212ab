import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_SDP_LENGTH, parseJsep } from './session-description.js';

test('the sdp of a description of the expected type is taken', () => {
  expect(parseJsep('{"type":"offer","sdp":"v=0\\r\\n"}', 'offer')).toBe('v=0\r\n');
});

test.each([
  ['', 'not JSON'],
  ['{', 'not JSON'],
  ['null', 'not a JSON object'],
  ['"v=0"', 'not a JSON object'],
  ['[]', 'not a JSON object'],
  ['{"sdp":"v=0"}', 'not a JSON object with type and sdp'],
  ['{"type":"answer","sdp":"v=0"}', 'not offer'],
  ['{"type":"rollback","sdp":""}', 'not offer'],
  ['{"type":"offer","sdp":7}', 'not a text'],
  ['{"type":"offer","sdp":""}', 'not a text'],
  [JSON.stringify({ type: 'offer', sdp: 'x'.repeat(MAX_SDP_LENGTH + 1) }), 'longer than'],
  [JSON.stringify({ type: 'offer', sdp: 'x'.repeat(2 * MAX_SDP_LENGTH) }), 'longer than'],
])('%.40j is refused as an offer', (text, reason) => {
  expect(() => parseJsep(text, 'offer')).toThrow(
    expect.objectContaining({ name: 'INVALID_SDP', message: expect.stringContaining(reason) }),
  );
});

test('any text is taken or refused by name', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseJsep(text, 'offer');
      } catch (error) {
        expect(error).toMatchObject({ name: 'INVALID_SDP' });
      }
    }),
  );
});
