import { parse } from 'sdp-transform';
import { expect, test } from 'vitest';
import {
  type LocalDescription,
  NO_REPAIR,
  type RtpMedia,
  writeLocalDescription,
} from './local-description.js';

const AUDIO: RtpMedia = {
  state: 'rtp',
  mid: '1',
  kind: 'audio',
  protocol: 'UDP/TLS/RTP/SAVPF',
  direction: 'sendonly',
  payloadType: 109,
  encoding: 'opus/48000/2',
  parameters: 'minptime=10;useinbandfec=1',
  repair: NO_REPAIR,
  extensions: { audioLevel: 1, mid: 3, transportSequence: null },
  reducedSizeRtcp: true,
  stream: { streamId: 'a%2Bb~c', trackId: 'd6d7', ssrc: 77, retransmissionSsrc: null, cname: 'd6d7' },
};

function describe(media: LocalDescription['media']): string {
  return writeLocalDescription({
    sessionId: '4711',
    version: 3,
    transport: {
      ufrag: 'abcd',
      password: 'p'.repeat(22),
      fingerprint: { algorithm: 'sha-256', value: 'AA:BB' },
      setup: 'passive',
      addresses: [
        { transport: 'tcp', family: 'IPv6', address: '2001:db8::1', port: 7001 },
        { transport: 'udp', family: 'IPv4', address: '192.0.2.1', port: 7000 },
      ],
    },
    media,
  });
}

test('an audio m-line behind a rejected one is written in full', () => {
  const rejected = {
    state: 'rejected',
    mid: '0',
    kind: 'video',
    protocol: 'UDP/TLS/RTP/SAVPF',
    formats: ['96', '97'],
  } as const;
  expect(describe([rejected, AUDIO]).split('\r\n')).toEqual([
    'v=0',
    'o=- 4711 3 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 1',
    'a=ice-lite',
    'a=msid-semantic: WMS *',
    'm=video 0 UDP/TLS/RTP/SAVPF 96 97',
    'c=IN IP4 0.0.0.0',
    'a=mid:0',
    'a=inactive',
    'm=audio 7000 UDP/TLS/RTP/SAVPF 109',
    'c=IN IP4 192.0.2.1',
    'a=mid:1',
    'a=sendonly',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    'a=ice-ufrag:abcd',
    `a=ice-pwd:${'p'.repeat(22)}`,
    'a=fingerprint:sha-256 AA:BB',
    'a=setup:passive',
    'a=rtpmap:109 opus/48000/2',
    'a=fmtp:109 minptime=10;useinbandfec=1',
    'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=msid:a%2Bb~c d6d7',
    'a=ssrc:77 cname:d6d7',
    'a=ssrc:77 msid:a%2Bb~c d6d7',
    'a=candidate:1 1 tcp 1520435199 2001:db8::1 7001 typ host tcptype passive',
    'a=candidate:2 1 udp 2130706175 192.0.2.1 7000 typ host',
    'a=end-of-candidates',
    '',
  ]);
});

test('candidates stand in the tagged m-line only, credentials in all', () => {
  const { media } = parse(describe([AUDIO, { ...AUDIO, mid: '2', stream: null, direction: 'inactive' }]));
  expect(media.map(({ candidates }) => candidates?.length)).toEqual([2, undefined]);
  expect(media.map(({ iceUfrag }) => iceUfrag)).toEqual(['abcd', 'abcd']);
});

test('a data channel that carries the transport is accepted', () => {
  const text = describe([
    { state: 'data', mid: 'd', protocol: 'UDP/DTLS/SCTP', formats: ['webrtc-datachannel'] },
  ]);
  expect(text).toContain('a=group:BUNDLE d\r\n');
  expect(text).toContain('m=application 7000 UDP/DTLS/SCTP webrtc-datachannel\r\n');
  expect(text).toContain('a=sctp-port:5000\r\na=candidate:1 ');
});

test.each([
  { ...AUDIO, mid: '1\r\na=x' },
  { ...AUDIO, protocol: 'UDP/TLS\r\n' },
  { ...AUDIO, stream: { streamId: 'a b', trackId: 'c', ssrc: 1, retransmissionSsrc: null, cname: 'c' } },
  { ...AUDIO, stream: { streamId: 'a', trackId: 'c\n', ssrc: 1, retransmissionSsrc: null, cname: 'c' } },
  { ...AUDIO, parameters: 'stereo=1\na=x' },
  { state: 'rejected', mid: null, kind: 'au dio', protocol: 'X', formats: ['1'] },
  { state: 'rejected', mid: null, kind: 'audio', protocol: 'X', formats: ['1\r\na=x'] },
] as const)('a text that would begin a line of its own is refused (%#)', (media) => {
  expect(() => describe([media])).toThrow(/m-line/);
});
