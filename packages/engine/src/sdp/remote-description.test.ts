import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadOffer, OFFERS } from './fixtures/load.js';
import { parseRemoteDescription, type RemoteMedia } from './remote-description.js';
import { MAX_MEDIA_LINES, MAX_READ_LINES } from './sections.js';

const MICROPHONE = loadOffer('chromium-microphone');

function firstMedia(sdp: string): RemoteMedia {
  const [media] = parseRemoteDescription(sdp).media;
  if (media === undefined) {
    throw new Error('no m-line');
  }
  return media;
}

function transportOf(sdp: string) {
  const description = parseRemoteDescription(sdp);
  return description.transportOf(firstMedia(sdp));
}

/** What the parser refuses, or refuses when asked for the transport. */
function refusalOf(sdp: string): string {
  try {
    const description = parseRemoteDescription(sdp);
    for (const media of description.media) {
      description.transportOf(media);
    }
  } catch (error) {
    expect(error).toMatchObject({ name: 'INVALID_SDP' });
    return error instanceof Error ? error.message : '';
  }
  return '';
}

function withoutLines(sdp: string, start: string): string {
  return sdp
    .split('\r\n')
    .filter((line) => !line.startsWith(start))
    .join('\r\n');
}

test('the offer of Chromium is understood', () => {
  expect(firstMedia(MICROPHONE)).toEqual({
    index: 0,
    mid: '0',
    kind: 'audio',
    protocol: 'UDP/TLS/RTP/SAVPF',
    formats: ['111', '63', '9', '0', '8', '13', '110', '126'],
    rejected: false,
    transportable: true,
    rtp: true,
    direction: 'sendrecv',
    reducedSizeRtcp: true,
    opus: {
      payloadType: 111,
      parameters: 'minptime=10;useinbandfec=1',
      redPayloadType: 63,
      prefersRed: false,
      rtxPayloadType: null,
      feedback: { nack: false, transportCc: true, remb: false },
    },
    firstCodec: { payloadType: 111, encoding: 'opus/48000/2' },
    extensions: { audioLevel: 1, mid: 4, transportSequence: 3 },
    extensionIds: [1, 2, 3, 4],
    ssrcs: [929039101],
    retransmissionSsrc: null,
  });
  expect(transportOf(MICROPHONE)).toEqual({
    ufrag: 'OFBM',
    password: 'N0B7dUCM0UCEiocIcOKSphR3',
    fingerprints: [
      {
        algorithm: 'sha-256',
        value:
          '2C:90:E7:75:37:15:42:B3:19:75:03:99:1D:6A:04:F5:59:95:3D:46:EB:DF:43:B9:15:18:5A:DC:5B:4E:B0:03',
      },
    ],
    setup: 'actpass',
  });
});

test('Opus of Firefox has payload type 109, its fingerprint stands at session level', () => {
  const sdp = loadOffer('firefox-microphone');
  expect(firstMedia(sdp)).toMatchObject({
    opus: { payloadType: 109, parameters: 'maxplaybackrate=48000;stereo=1;useinbandfec=1' },
    extensions: { audioLevel: 1, mid: 3 },
  });
  expect(transportOf(sdp).fingerprints[0]?.value).toMatch(/^5D:22:16/);
});

test('ICE credentials that look like numbers stay texts', () => {
  expect(transportOf(loadOffer('webkit-microphone'))).toMatchObject({
    ufrag: '1234',
    password: '1234567890123456789012',
  });
});

test('libdatachannel offers no header extensions', () => {
  expect(firstMedia(loadOffer('libdatachannel-microphone'))).toMatchObject({
    mid: 'audio',
    extensions: { audioLevel: null, mid: null },
    ssrcs: [1234],
  });
});

test.each(['chromium-everything', 'firefox-everything'] as const)('%s: video, audio and data', (name) => {
  const { media } = parseRemoteDescription(loadOffer(name));
  expect(media.map(({ kind, transportable, opus }) => [kind, transportable, opus !== null])).toEqual([
    ['video', true, false],
    ['audio', true, true],
    ['application', true, false],
  ]);
});

test('bundle-only m-lines are not rejected although their port is 0', () => {
  const { media } = parseRemoteDescription(loadOffer('firefox-max-bundle'));
  expect(media.map(({ rejected }) => rejected)).toEqual([false, false]);
});

test.each(['TCP/TLS/RTP/SAVPF', 'UDP/TLS/RTP/SAVP', 'TLS/RTP/SAVPF'])('%s carries RTP', (protocol) => {
  expect(firstMedia(MICROPHONE.replace('UDP/TLS/RTP/SAVPF', protocol))).toMatchObject({
    protocol,
    transportable: true,
  });
});

test('SDES keys are passed over, and RTP without DTLS is not transportable', () => {
  const crypto =
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\r\na=mid:0';
  expect(firstMedia(MICROPHONE.replace('a=mid:0', crypto)).transportable).toBe(true);
  expect(firstMedia(MICROPHONE.replace('UDP/TLS/RTP/SAVPF', 'RTP/SAVPF')).transportable).toBe(false);
});

test('the first of several Opus payload types is taken, however it is written', () => {
  const two = MICROPHONE.replace(
    'a=rtpmap:111 opus/48000/2',
    'a=rtpmap:63 OPUS/48000/2\r\na=rtpmap:111 opus/48000/2',
  );
  expect(firstMedia(two).opus).toMatchObject({
    payloadType: 63,
    parameters: '111/111',
    redPayloadType: null,
  });
});

test('Opus that the m-line does not list is no Opus', () => {
  expect(firstMedia(MICROPHONE.replace('SAVPF 111 63', 'SAVPF 63')).opus).toBeNull();
});

test('the SSRC of a retransmission stream is left out', () => {
  const sdp = MICROPHONE.replace(
    'a=ssrc:929039101 cname',
    'a=ssrc-group:FID 929039101 77\r\na=ssrc:77 cname:x\r\na=ssrc:929039101 cname',
  );
  expect(firstMedia(sdp).ssrcs).toEqual([929039101]);
});

test('extension ids beyond a one-byte header and encrypted extensions are not used', () => {
  expect(firstMedia(MICROPHONE.replace('extmap:1 ', 'extmap:15 ')).extensions.audioLevel).toBeNull();
  const encrypted = MICROPHONE.replace('extmap:1 ', 'extmap:1 urn:ietf:params:rtp-hdrext:encrypt ');
  expect(firstMedia(encrypted).extensions.audioLevel).toBeNull();
});

test('an m-line outside of the BUNDLE group is not transportable', () => {
  const { media } = parseRemoteDescription(
    loadOffer('chromium-everything').replace('BUNDLE 0 1 2', 'BUNDLE 1 2'),
  );
  expect(media.map(({ transportable }) => transportable)).toEqual([false, true, true]);
});

test('several fingerprints are kept, those of weak hashes are not', () => {
  const line = MICROPHONE.split('\r\n').find((text) => text.startsWith('a=fingerprint')) ?? '';
  const sha1 = `a=fingerprint:SHA-1 ${'0A:'.repeat(19)}0a`;
  const sha512 = `a=fingerprint:SHA-512 ${'0b:'.repeat(63)}0B`;
  const sdp = MICROPHONE.replace(line, [sha1, line, sha512].join('\r\n'));
  expect(transportOf(sdp).fingerprints.map(({ algorithm }) => algorithm)).toEqual(['sha-256', 'sha-512']);
});

test('without setup the peer is active, RFC 4145 section 4', () => {
  expect(transportOf(withoutLines(MICROPHONE, 'a=setup')).setup).toBe('active');
});

test.each([
  ['no SDP', 'hello', 'does not begin with v=0'],
  ['no m-line', 'v=0\r\ns=-\r\n', 'no m-line'],
  ['no ICE user name', withoutLines(MICROPHONE, 'a=ice-ufrag'), 'm-line 0 has no ICE credentials'],
  ['no ICE password', withoutLines(MICROPHONE, 'a=ice-pwd'), 'm-line 0 has no ICE credentials'],
  ['a short ICE user name', MICROPHONE.replace('ufrag:OFBM', 'ufrag:OF'), 'RFC 8839'],
  ['an ICE user name with a colon', MICROPHONE.replace('ufrag:OFBM', 'ufrag:OFBM:x'), 'RFC 8839'],
  ['no fingerprint', withoutLines(MICROPHONE, 'a=fingerprint'), 'm-line 0 has no fingerprint'],
  ['a weak hash only', MICROPHONE.replace('fingerprint:sha-256', 'fingerprint:md5'), 'no fingerprint'],
  ['a short fingerprint', MICROPHONE.replace('sha-256 2C:', 'sha-256 '), 'sha-256 fingerprint of m-line 0'],
  ['a fingerprint that is no hex', MICROPHONE.replace('sha-256 2C', 'sha-256 XX'), 'malformed'],
  ['holdconn', MICROPHONE.replace('setup:actpass', 'setup:holdconn'), 'setup of m-line 0'],
  ['ice-lite', MICROPHONE.replace('a=extmap-allow-mixed', 'a=ice-lite'), 'both sides are ice-lite'],
  ['no rtcp-mux', withoutLines(MICROPHONE, 'a=rtcp-mux'), 'm-line 0 has no rtcp-mux'],
  ['no mid', withoutLines(MICROPHONE, 'a=mid'), 'm-line 0 has no mid'],
  ['a bad mid', MICROPHONE.replace('mid:0', 'mid:a"b'), 'mid of m-line 0 is malformed'],
  ['a long mid', MICROPHONE.replace('mid:0', `mid:${'m'.repeat(33)}`), 'mid of m-line 0 is malformed'],
  ['two equal mids', loadOffer('chromium-everything').replace('a=mid:2', 'a=mid:1'), 'the mid 1'],
  ['no BUNDLE', withoutLines(loadOffer('chromium-everything'), 'a=group'), 'no BUNDLE group'],
  ['no port', MICROPHONE.replace('m=audio 9', 'm=audio'), 'm-line 0 is malformed'],
  ['a bad kind', MICROPHONE.replace('m=audio', 'm=au"dio'), 'm-line 0 is malformed'],
  ['no formats', MICROPHONE.replace(' 111 63 9 0 8 13 110 126', ''), 'formats of m-line 0'],
  ['a payload type of 200', MICROPHONE.replace(' 111 63', ' 200 63'), '200 in m-line 0'],
  ['too many formats', MICROPHONE.replace(' 126', ' 126'.repeat(200)), 'formats of m-line 0'],
  ['too large an SSRC', MICROPHONE.replaceAll('929039101', '4294967296'), 'an SSRC of m-line 0'],
  ['too many m-lines', MICROPHONE + 'm=audio 0 X 0\r\n'.repeat(MAX_MEDIA_LINES), 'm-lines'],
  ['too many lines', MICROPHONE + 'a=ssrc:1 x\r\n'.repeat(MAX_READ_LINES), 'lines to read'],
  ['a long line', `${MICROPHONE}a=${'x'.repeat(20_000)}\r\n`, 'a line is longer'],
])('%s is refused with a reason', (_, sdp, reason) => {
  expect(refusalOf(sdp)).toContain(reason);
});

test('a description with any lines missing, doubled, swapped or spoiled is taken or refused by name', () => {
  const edit = fc.record({
    at: fc.nat(200),
    kind: fc.constantFrom('drop', 'double', 'swap', 'spoil' as const),
    text: fc.string({ unit: 'binary', maxLength: 12 }),
    position: fc.nat(60),
  });
  fc.assert(
    fc.property(fc.constantFrom(...OFFERS), fc.array(edit, { maxLength: 6 }), (name, edits) => {
      const lines = loadOffer(name).split('\r\n');
      for (const { at, kind, text, position } of edits) {
        const index = at % lines.length;
        const line = lines[index] ?? '';
        const spoiled = line.slice(0, position) + text + line.slice(position);
        const into = { drop: [], double: [line, line], swap: [lines[0] ?? '', line], spoil: [spoiled] }[kind];
        lines.splice(index, 1, ...into);
      }
      refusalOf(lines.join('\r\n'));
    }),
    { numRuns: 300 },
  );
});

test('a description of the greatest length is parsed without long computation', () => {
  const lines = [
    'a=simulcast:send ',
    'a=imageattr:96 send [',
    'a=ssrc:1 ',
    'a=fmtp:111 ',
    'a=rtpmap:1 ',
    'm=audio 9 ',
  ];
  for (const line of lines) {
    refusalOf(`v=0\r\n${`${line.padEnd(900, '1 ,[]')}\r\n`.repeat(500)}`);
  }
}, 5_000);
