import { parse } from 'sdp-transform';
import { expect, test } from 'vitest';
import { type LocalDescription, parseDescription, writeAnswer, writeOffer } from './sdp.js';

const speaker: LocalDescription = {
  ufrag: 'abcd',
  password: 'abcdefghijklmnopqrstuvwx',
  fingerprint: Array(32).fill('AB').join(':'),
  stream: { ssrc: 4_000_000_001, streamId: 'stream', trackId: 'track' },
  slots: 0,
};
const listener: LocalDescription = { ...speaker, stream: null };

const engineOffer = [
  'v=0',
  'o=- 1 2 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'a=ice-lite',
  'a=fingerprint:sha-256 CD:EF',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=ice-ufrag:uuuu',
  'a=ice-pwd:pppppppppppppppppppppp',
  'a=setup:actpass',
  'a=mid:0',
  'a=recvonly',
  'a=rtpmap:111 opus/48000/2',
  'a=candidate:1 1 udp 2130706431 127.0.0.1 10000 typ host',
  'a=candidate:2 1 tcp 1671430143 127.0.0.1 10000 typ host tcptype passive',
  'a=candidate:3 1 udp 2130706431 ::1 10000 typ host',
  'm=audio 9 UDP/TLS/RTP/SAVPF 109',
  'a=mid:1',
  'a=extmap:3 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=sendonly',
  'a=msid:publisher cid',
  'a=rtpmap:109 opus/48000/2',
  'a=ssrc:42 cname:publisher',
  'a=ssrc:42 msid:publisher cid',
  'm=audio 0 UDP/TLS/RTP/SAVPF 111',
  'a=mid:2',
  'a=inactive',
  '',
].join('\r\n');

test('an offer reads as one audio m-line with its stream', () => {
  const offer = parse(writeOffer(speaker));
  expect(offer.media).toHaveLength(1);
  const media = offer.media[0];
  expect(media).toMatchObject({
    type: 'audio',
    mid: 0,
    direction: 'sendrecv',
    setup: 'active',
    rtcpMux: 'rtcp-mux',
  });
  expect(media?.iceUfrag).toBe('abcd');
  expect(media?.rtp[0]).toMatchObject({ payload: 111, codec: 'opus', rate: 48000 });
  expect(media?.ssrcs?.[0]).toMatchObject({ id: 4_000_000_001, attribute: 'cname' });
  expect(parse(writeOffer(listener)).media[0]).toMatchObject({ direction: 'recvonly' });
});

test("the engine's description is read", () => {
  const offer = parseDescription(engineOffer);
  expect(offer).toMatchObject({
    ufrag: 'uuuu',
    setup: 'actpass',
    fingerprints: [{ algorithm: 'sha-256', value: 'CD:EF' }],
    candidates: [{ address: '127.0.0.1', port: 10000 }],
  });
  expect(offer.media[1]).toMatchObject({
    mid: '1',
    direction: 'sendonly',
    ssrcs: [42],
    streamId: 'publisher',
    audioLevelExtension: 3,
    opusPayloadType: 109,
  });
});

test('an answer has the m-lines of the offer, in order, with reversed directions', () => {
  const answer = parse(writeAnswer(speaker, parseDescription(engineOffer)));
  expect(answer.media.map((media) => [media.mid, media.direction, media.port])).toEqual([
    [0, 'sendonly', 9],
    [1, 'recvonly', 9],
    [2, 'inactive', 0],
  ]);
  expect(answer.groups).toEqual([{ type: 'BUNDLE', mids: '0 1' }]);
  expect(answer.media[1]?.rtp[0]?.payload).toBe(109);
  expect(answer.media[1]?.ext?.[0]?.value).toBe(3);
  expect(answer.media[1]?.ssrcs).toBeUndefined();
  expect(parse(writeAnswer(listener, parseDescription(engineOffer))).media[0]?.direction).toBe('inactive');
});

test('a description without ICE credentials is refused with the name of what is missing', () => {
  expect(() => parseDescription('v=0\r\nm=audio 9 X 111\r\n')).toThrow('a=ice-ufrag');
});

test('slots are m-lines of audio that only receive', () => {
  const { media } = parse(writeOffer({ ...speaker, slots: 2 }));
  expect(media.map(({ mid, direction, msid }) => [mid, direction, msid !== undefined])).toEqual([
    [0, 'sendrecv', true],
    ['slot0', 'recvonly', false],
    ['slot1', 'recvonly', false],
  ]);
});
