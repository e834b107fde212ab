/** What fuzzing has found, on the code as it is: each corpus, and each input that once broke something. */
import { expect, test } from 'vitest';
import { readCorpus, readCrashes } from './explore/fixtures.js';
import { repositoryRoot } from './repository-root.js';
import { TARGETS } from './targets/index.js';
import { TARGET_NAMES, type TargetName } from './targets/names.js';

const root = repositoryRoot();

/** What the trials of each target would find broken. */
const PROMISES: Readonly<Record<TargetName, string>> = {
  stun: 'what is found of a STUN message lies within it',
  'dtls-records': 'OpenSSL gets whole records of its epoch and nothing else',
  'rtp-header': 'a canonical RTP header keeps all fields and the payload',
  'header-extensions': 'elements of header extensions lie within them',
  'rtcp-compound': 'what is read of RTCP lies within its packet',
  nack: 'a NACK asks for the packets that it was written for',
  remb: 'an estimate says the bitrate and the sources that were given',
  'transport-feedback': 'transport-wide feedback tells when each packet came',
  redundancy: 'blocks of RED lie within the payload and can be written again',
  opus: 'frames of Opus lie within the packet',
  'tcp-framing': 'frames over TCP are the same however the stream is cut',
  sdp: 'texts of a description are safe to echo into others',
  candidate: 'a candidate that is taken follows RFC 8839',
  negotiation: 'what is answered fits the offer, and what is refused changes nothing',
  'api-calls': 'each call is answered, and media workers are told nothing that breaks their contract',
  'granted-calls': 'a token gives power over its own participant only',
  'live-request': 'each request of a live socket is answered with JSON',
  'call-beginning': 'the beginning of a body says the room that the body names',
  'frame-boundaries': 'frames of WebSockets end where RFC 6455 says',
  'first-messages': 'what a monitor reads before a token was shown is what RFC 6455 says, however it is cut',
  heartbeat: 'no heartbeat is taken without a proof of the secret',
  'engine-config': 'a fault of a configuration file is one line that names it',
  tokens: 'no token counts that the secret did not sign, and none behind its end',
  'key-set': 'a key that is broken does no harm to the others of its set',
  'client-address': 'nothing that a client writes into X-Forwarded-For is believed',
  'admin-access': 'the dashboard answers who may ask, and nobody else',
  callbacks: 'no callback leads into a private network, whatever the URL and DNS say',
  'media-path': 'whatever others send, who talks is heard by whom they should be and by nobody else',
  'lossy-path': 'whichever way a sound comes, it is heard once and in its place',
  signalling: 'whatever is called in which order, everybody hears whom they should',
  'live-rooms': 'whatever becomes of sockets, everybody knows who is there and hears them',
  'live-session': 'each call over a live socket is answered as the tokens allow that it has shown before',
};

test.for(TARGET_NAMES.map((name) => [name, PROMISES[name]] as const))('%s: %s', async ([name], { task }) => {
  const target = await TARGETS[name]();
  expect(target.name).toBe(name);
  const corpus = readCorpus(root, name);
  expect(corpus).not.toEqual([]);
  const trial = await target.prepare();
  for (const input of [...target.seeds(), ...corpus]) await trial(input);
  const crashes = readCrashes(root, name);
  for (const { file, input } of crashes) {
    await expect(
      Promise.resolve().then(() => trial(input)),
      file,
    ).resolves.toBeUndefined();
  }
  Object.assign(task.meta, { figure: `${corpus.length} inputs, ${crashes.length} former crashes` });
});
