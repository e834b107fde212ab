import type { SignallingParticipant } from '@kraken/load/signalling';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Call, pluginEvent, StandInJanus } from './janus.fixture.js';
import { JanusSignalling } from './janus-signalling.js';

const DESCRIPTION = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=ice-ufrag:uuuu',
  'a=ice-pwd:pppppppppppppppppppppp',
  'a=setup:actpass',
  'a=mid:0',
  'a=sendonly',
  'a=rtpmap:111 opus/48000/2',
  'a=ssrc:42 cname:janus',
  '',
].join('\r\n');

let janus: StandInJanus;
let signalling: JanusSignalling;
/** What the participant was asked to do. */
let asked: unknown[];

beforeEach(async () => {
  janus = await StandInJanus.start();
  signalling = new JanusSignalling(janus.url);
  asked = [];
  janus.answer = answerOf;
});

afterEach(() => {
  signalling.close();
  janus.close();
});

function participant(ssrc: number | null): SignallingParticipant {
  return {
    rid: 'room',
    uid: 'me',
    description: {
      ufrag: 'abcd',
      password: 'abcdefghijklmnopqrstuvwx',
      fingerprint: 'AB',
      stream: ssrc === null ? null : { ssrc, streamId: 's', trackId: 't' },
      slots: 0,
    },
    bindSlot: () => undefined,
    openTransport: (use, { setup }) => asked.push([use, setup]),
    close: (fault) => asked.push(['close', fault]),
    bind: (heardSsrc, uid) => asked.push(['bind', heardSsrc, uid]),
  };
}

function requestOf({ body }: Call): unknown {
  return typeof body.body === 'object' && body.body !== null && 'request' in body.body && body.body.request;
}

function answerOf(call: Call) {
  const jsep = { type: 'offer', sdp: DESCRIPTION };
  switch (requestOf(call)) {
    case 'create':
      return { atOnce: { janus: 'success', plugindata: { data: { error_code: 427, error: 'exists' } } } };
    case 'joinandconfigure':
      return { later: pluginEvent({ videoroom: 'joined', publishers: [{ id: 'other' }] }, jsep) };
    case 'join':
      if (!JSON.stringify(call.body).includes('subscriber')) {
        return { later: pluginEvent({ videoroom: 'joined', publishers: [] }) };
      }
      return { later: pluginEvent({ streams: [{ mid: '0', feed_id: 'other' }] }, jsep) };
    default:
      return { later: pluginEvent({ videoroom: 'event' }) };
  }
}

test('a publisher joins a room that others have made, and subscribes to who is there', async () => {
  const session = signalling.sessionOf(participant(7));
  await session.publish();
  expect(asked).toEqual([['sending', 'actpass']]);
  await session.subscribe();
  expect(asked.slice(1)).toEqual([
    ['bind', 42, 'other'],
    ['receiving', 'actpass'],
  ]);
  expect(janus.calls.map(requestOf).filter(Boolean)).toEqual(['create', 'joinandconfigure', 'join', 'start']);
});

test('a listener sends nothing, and subscribes to who comes later by an update', async () => {
  const session = signalling.sessionOf(participant(null));
  await session.publish();
  await session.subscribe();
  expect(asked).toEqual([]);
  const member = 101;
  for (const publishers of [[{ id: 'other' }], [{ id: 'third' }]]) {
    janus.say({ ...pluginEvent({ videoroom: 'event', publishers }), sender: member });
    const calls = janus.calls.length;
    while (janus.calls.length === calls) {
      await session.subscribe();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  expect(asked[1]).toEqual(['receiving', 'actpass']);
  expect(janus.calls.at(-1)?.body.body).toEqual({ request: 'update', subscribe: [{ feed: 'third' }] });
});

test('who ends gives both handles back', async () => {
  const session = signalling.sessionOf(participant(7));
  await session.publish();
  await session.subscribe();
  await session.end();
  const detached = janus.calls.filter(({ body }) => body.janus === 'detach').map(({ path }) => path);
  expect(detached).toEqual(['/janus/1/102', '/janus/1/101']);
});
