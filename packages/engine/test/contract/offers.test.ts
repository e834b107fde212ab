/** Offers as browsers write them, with whatever is in them: publish never fails on them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadOffer, OFFERS, type OfferName } from '../../src/sdp/fixtures/load.js';
import { ContractEngine } from './contract-engine.js';
import { offerOf, opusPayloadTypes, shapeOf } from './sdp.js';

let engine: ContractEngine;
beforeAll(async () => {
  engine = await ContractEngine.start();
});
afterAll(() => engine.stop());

async function answerTo(name: OfferName): Promise<string> {
  const { sdp } = await engine.call('publish', 'offers', name, offerOf(loadOffer(name)));
  return sdp.sdp;
}

test.each(OFFERS)('%s is answered: Unified Plan, BUNDLE, RTCP-MUX, ICE-lite', async (name) => {
  const answer = await answerTo(name);
  const [session = '', ...lines] = answer.split(/^(?=m=)/m);
  expect(session).toContain('a=ice-lite\r\n');
  expect(session).toMatch(/^a=group:BUNDLE \S+/m);
  expect(lines).toHaveLength(loadOffer(name).match(/^m=/gm)?.length ?? 0);
  expect(answer.match(/^a=candidate:.* 127\.0\.0\.1 \d+ typ host/m)).not.toBeNull();
  for (const line of lines.filter((text) => /^m=(audio|video) [1-9]/.test(text))) {
    expect(line).toContain('a=rtcp-mux\r\n');
    expect(line).toMatch(/^a=ice-ufrag:/m);
    expect(line).toMatch(/^a=fingerprint:sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}\r$/m);
  }
});

test.each<[OfferName, number]>([
  ['chromium-microphone', 111],
  ['webkit-microphone', 111],
  ['firefox-microphone', 109],
])('Opus of %s keeps payload type %i', async (name, payloadType) => {
  expect(opusPayloadTypes(await answerTo(name))).toEqual([payloadType]);
});

test('an offer of payload type 109 only is answered with 109 only', async () => {
  const sdp = loadOffer('chromium-microphone')
    .replace(/^(m=audio 9 \S+) .*\r$/m, '$1 109\r')
    .replace(/a=rtpmap:(?!111 ).*\r\n/g, '')
    .replace('a=rtpmap:111 ', 'a=rtpmap:109 ')
    .replace('a=fmtp:111 ', 'a=fmtp:109 ');
  const { sdp: answer } = await engine.call('publish', 'offers', 'only109', offerOf(sdp));
  expect(opusPayloadTypes(answer.sdp)).toEqual([109]);
  expect(answer.sdp).toMatch(/^m=audio \d+ UDP\/TLS\/RTP\/SAVPF 109\r$/m);
});

test.each<[OfferName, string[]]>([
  ['chromium-everything', ['video:rejected', 'audio:recvonly', 'application:rejected']],
  ['firefox-everything', ['video:rejected', 'audio:recvonly', 'application:rejected']],
  ['firefox-max-bundle', ['audio:recvonly', 'video:rejected']],
])('data channels and video of %s are rejected beside the microphone', async (name, shape) => {
  expect(shapeOf(await answerTo(name))).toEqual(shape);
});

test.each<[OfferName, string[]]>([
  ['chromium-recvonly', ['audio:inactive', 'audio:inactive']],
  ['firefox-recvonly', ['audio:inactive', 'audio:inactive']],
])('a listener that offers recvonly, %s, is let in', async (name, shape) => {
  expect(shapeOf(await answerTo(name))).toEqual(shape);
});

test.each<OfferName>(['chromium-data-only', 'firefox-data-only'])(
  'a listener that offers no audio at all, %s, is let in on its data channel',
  async (name) => {
    const answer = await answerTo(name);
    expect(answer).toMatch(/^m=application [1-9]\d* UDP\/DTLS\/SCTP webrtc-datachannel\r$/m);
    expect(answer).toContain('a=sctp-port:5000\r\n');
  },
);
