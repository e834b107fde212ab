/** What the first offer of a client comes to: the answer, and what the media worker is told. */
import { parse } from 'sdp-transform';
import { expect, test } from 'vitest';
import { loadOffer, OFFERS, type OfferName } from '../sdp/fixtures/load.js';
import { ENGINE_FINGERPRINT, rpcErrorOf, TestEngine } from './testing/test-engine.js';

function publish(offer: string) {
  const engine = new TestEngine();
  const { answer, name, transportId } = engine.publish('room', 'alice', offer);
  return { engine, answer, name, transportId, session: parse(answer), messages: engine.worker.messages };
}

/** The m-lines of a description as `kind:direction`, or `kind:rejected`. */
function shapeOf(sdp: string): string[] {
  return parse(sdp).media.map(
    ({ type, port, direction }) => `${type}:${port === 0 ? 'rejected' : direction}`,
  );
}

test('Chromium: the worker gets its transport and its publication', () => {
  const { answer, messages, transportId, session } = publish(loadOffer('chromium-microphone'));
  const [media] = session.media;
  expect(messages).toEqual([
    {
      type: 'open-transport',
      transportId,
      roomId: expect.any(Number),
      ice: {
        localUfrag: String(media?.iceUfrag),
        localPassword: String(media?.icePwd),
        remoteUfrag: 'OFBM',
        remotePassword: 'N0B7dUCM0UCEiocIcOKSphR3',
      },
      dtlsRole: 'server',
      fingerprints: [{ algorithm: 'sha-256', value: expect.stringMatching(/^2C:90:/) }],
      permissions: { publish: true, subscribe: true },
    },
    {
      type: 'open-publication',
      publicationId: expect.any(Number),
      transportId,
      mid: '0',
      ssrcs: [929039101],
      payloadType: 111,
      redPayloadType: 63,
      retransmission: null,
      extensions: { audioLevel: 1, mid: 4, transportSequence: 3 },
      feedback: { nack: false, transportCc: true, remb: false },
    },
  ]);
  expect(media).toMatchObject({
    direction: 'recvonly',
    setup: 'passive',
    rtcpMux: 'rtcp-mux',
    rtcpRsize: 'rtcp-rsize',
    fingerprint: { type: 'sha-256', hash: ENGINE_FINGERPRINT.value },
    payloads: '111 63',
    rtp: [
      { payload: 111, codec: 'opus', rate: 48000, encoding: 2 },
      { payload: 63, codec: 'red', rate: 48000, encoding: 2 },
    ],
    rtcpFb: [{ payload: 111, type: 'transport-cc' }],
  });
  expect(session.icelite).toBe('ice-lite');
  expect(answer).toContain('a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n');
  expect(answer).toContain('a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n');
  expect(answer).not.toContain('a=msid:');
});

test('Firefox: Opus keeps payload type 109', () => {
  const { answer, messages } = publish(loadOffer('firefox-microphone'));
  expect(messages[1]).toMatchObject({ payloadType: 109, extensions: { audioLevel: 1, mid: 3 } });
  expect(answer).toContain('m=audio 40000 UDP/TLS/RTP/SAVPF 109\r\n');
  expect(answer).toContain('a=fmtp:109 minptime=10;useinbandfec=1;maxplaybackrate=48000;stereo=1\r\n');
});

test('libdatachannel: no header extension is answered that was not offered', () => {
  const { answer, messages } = publish(loadOffer('libdatachannel-microphone'));
  expect(answer).not.toContain('extmap');
  expect(messages[1]).toMatchObject({ mid: 'audio', extensions: { audioLevel: null, mid: null } });
});

test.each<[OfferName, string[]]>([
  ['chromium-everything', ['video:rejected', 'audio:recvonly', 'application:rejected']],
  ['firefox-everything', ['video:rejected', 'audio:recvonly', 'application:rejected']],
  ['firefox-max-bundle', ['audio:recvonly', 'video:rejected']],
  ['webkit-microphone', ['audio:recvonly']],
  ['chromium-recvonly', ['audio:inactive', 'audio:inactive']],
  ['firefox-recvonly', ['audio:inactive', 'audio:inactive']],
  ['chromium-data-only', ['application:undefined']],
  ['firefox-data-only', ['application:undefined']],
])('%s is answered %j', (name, shape) => {
  expect(shapeOf(publish(loadOffer(name)).answer)).toEqual(shape);
});

test.each(OFFERS)('%s: what is accepted is in the BUNDLE group, the rest keeps its formats', (name) => {
  const offered = parse(loadOffer(name)).media;
  const { session } = publish(loadOffer(name));
  const accepted = session.media.filter(({ port }) => port !== 0);
  expect(String(session.groups?.[0]?.mids)).toBe(accepted.map(({ mid }) => mid).join(' '));
  expect(accepted[0]?.candidates).toHaveLength(3);
  for (const [index, { port, payloads, protocol, mid }] of session.media.entries()) {
    expect([protocol, mid]).toEqual([offered[index]?.protocol, offered[index]?.mid]);
    if (port === 0) {
      expect(payloads).toEqual(offered[index]?.payloads);
    }
  }
});

test('a client whose default candidate is TCP gets its proto back', () => {
  const offer = loadOffer('chromium-microphone').replace('UDP/TLS', 'TCP/TLS');
  expect(publish(offer).answer).toContain('m=audio 40000 TCP/TLS/RTP/SAVPF 111 63\r\n');
});

test.each([
  ['actpass', 'passive', 'server'],
  ['active', 'passive', 'server'],
  ['passive', 'active', 'client'],
])('setup:%s is answered setup:%s', (offered, answered, dtlsRole) => {
  const { session, messages } = publish(
    loadOffer('chromium-microphone').replace('setup:actpass', `setup:${offered}`),
  );
  expect(session.media[0]?.setup).toBe(answered);
  expect(messages[0]).toMatchObject({ dtlsRole });
});

test('a listener publishes nothing', () => {
  const { messages } = publish(loadOffer('chromium-recvonly'));
  expect(messages.map(({ type }) => type)).toEqual(['open-transport']);
});

test('of several microphones the first is heard', () => {
  const offer = loadOffer('chromium-recvonly').replaceAll('a=recvonly', 'a=sendonly');
  const { answer, messages } = publish(offer);
  expect(shapeOf(answer)).toEqual(['audio:recvonly', 'audio:inactive']);
  expect(messages.filter(({ type }) => type === 'open-publication')).toMatchObject([{ mid: '0' }]);
});

test('audio without Opus is rejected, or carries the transport when there is nothing else', () => {
  const alone = loadOffer('chromium-microphone').replaceAll('opus', 'x-opus');
  expect(shapeOf(publish(alone).answer)).toEqual(['audio:inactive']);
  const beside = loadOffer('chromium-recvonly').replace('opus', 'x-opus');
  expect(shapeOf(publish(beside).answer)).toEqual(['audio:rejected', 'audio:inactive']);
});

test('an offer of which nothing can carry the transport is refused', () => {
  const rejected = loadOffer('chromium-microphone').replace('m=audio 9', 'm=audio 0');
  expect(rpcErrorOf(() => publish(rejected))).toBe('INVALID_SDP');
  const plain = loadOffer('chromium-microphone').replace('UDP/TLS/RTP', 'RTP');
  expect(rpcErrorOf(() => publish(plain))).toBe('INVALID_SDP');
});

test('where the client names no Opus, the m-lines of the engine collide with nothing that it does name', () => {
  const offer = loadOffer('chromium-data-only');
  const engine = new TestEngine();
  const listener = engine.publish('room', 'listener', offer);
  const speaker = engine.publish('room', 'speaker', loadOffer('firefox-microphone'));
  engine.startMedia(speaker.transportId);
  const sdp = engine.control.subscribe(listener.name)?.sdp ?? '';
  expect(sdp).toContain('a=rtpmap:111 opus/48000/2\r\n');
  expect(sdp).toContain('a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n');

  const video = loadOffer('chromium-everything')
    .replace(/m=audio[\s\S]*?(?=m=application)/, '')
    .replace('BUNDLE 0 1 2', 'BUNDLE 0 2')
    .replace(/ 96 /, ' 111 ');
  const watcher = engine.publish('room', 'watcher', video);
  const toWatcher = engine.control.subscribe(watcher.name)?.sdp ?? '';
  const [, payloadType] = /a=rtpmap:(\d+) opus/.exec(toWatcher) ?? [];
  const [, extension] = /a=extmap:(\d+) urn:ietf:params:rtp-hdrext:ssrc-audio-level/.exec(toWatcher) ?? [];
  expect(video).not.toMatch(new RegExp(`^m=video.* ${payloadType}\\b`, 'm'));
  expect(video).not.toContain(`a=extmap:${extension} `);
});
