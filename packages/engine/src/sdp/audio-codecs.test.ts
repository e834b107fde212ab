import { describe, expect, test, vi } from 'vitest';
import { findOpus, type RemoteOpus } from './audio-codecs.js';
import { loadOffer } from './fixtures/load.js';
import { parseRemoteDescription } from './remote-description.js';

const MICROPHONE = loadOffer('chromium-microphone');
const RTX = 'a=rtpmap:9 rtx/48000\r\na=fmtp:9 apt=111\r\na=rtpmap:111 opus/48000/2';

function opusOf(offer: string): RemoteOpus | null | undefined {
  return parseRemoteDescription(offer).media[0]?.opus;
}

/** The offer of Chromium with another line in the place of one. */
function offering(line: string, instead: string): RemoteOpus | null | undefined {
  return opusOf(MICROPHONE.replace(line, instead));
}

test.each(['red', 'rtx'])('parameters of %s are looked for once, however often it is mapped', (codec) => {
  const mapped = { payload: 9, codec, rate: 48_000, encoding: 2 };
  const rtp = [{ ...mapped, payload: 111, codec: 'opus' }, ...new Array(1_000).fill(mapped)];
  const fmtp = [{ payload: 111, config: '' }];
  const lookUp = vi.spyOn(fmtp, 'find');
  expect(findOpus({ rtp, fmtp }, ['111', '9'])?.payloadType).toBe(111);
  expect(lookUp.mock.calls.length).toBeLessThan(10);
});

describe('RED', () => {
  test('of Opus is understood', () => expect(opusOf(MICROPHONE)?.redPayloadType).toBe(63));

  test.each(['111/0', '111', '111/111/0', 'x=1'])('with blocks %s is none of ours', (blocks) =>
    expect(offering('a=fmtp:63 111/111', `a=fmtp:63 ${blocks}`)?.redPayloadType).toBeNull(),
  );

  test.each(['111/111/111', '111 / 111'])('with blocks %s is', (blocks) =>
    expect(offering('a=fmtp:63 111/111', `a=fmtp:63 ${blocks}`)?.redPayloadType).toBe(63),
  );

  test.each(['red/8000', 'red/48000/1'])('as %s has another clock or other channels', (encoding) =>
    expect(offering('red/48000/2', encoding)?.redPayloadType).toBeNull(),
  );

  test('is preferred by who lists it first', () => {
    expect(opusOf(MICROPHONE)?.prefersRed).toBe(false);
    expect(offering('SAVPF 111 63', 'SAVPF 63 111')?.prefersRed).toBe(true);
  });
});

describe('retransmission', () => {
  test('of Opus is understood', () =>
    expect(offering('a=rtpmap:111 opus/48000/2', RTX)?.rtxPayloadType).toBe(9));

  test('of another payload type is none of ours', () =>
    expect(offering('a=rtpmap:111 opus/48000/2', RTX.replace('111', '0'))?.rtxPayloadType).toBeNull());

  test('has an SSRC of its own, which is not published', () => {
    const group = 'a=ssrc-group:FID 929039101 7\r\na=ssrc:7 cname:x\r\na=ssrc:929039101';
    const [media] = parseRemoteDescription(MICROPHONE.replace('a=ssrc:929039101', group)).media;
    expect(media).toMatchObject({ ssrcs: [929039101], retransmissionSsrc: 7 });
  });
});

describe('feedback', () => {
  const NONE = { nack: false, transportCc: false, remb: false };
  test.each([
    ['111 transport-cc', { ...NONE, transportCc: true }],
    ['* nack', { ...NONE, nack: true }],
    ['111 nack', { ...NONE, nack: true }],
    ['111 goog-remb', { ...NONE, remb: true }],
    ['111 nack pli', NONE],
    ['63 nack', NONE],
    ['111 ccm fir', NONE],
  ])('rtcp-fb:%s', (line, feedback) =>
    expect(offering('a=rtcp-fb:111 transport-cc', `a=rtcp-fb:${line}`)?.feedback).toEqual(feedback),
  );
});
