/** What is negotiated against losses. */
import { describe, expect, test } from 'vitest';
import { loadOffer } from '../sdp/fixtures/load.js';
import { SimulatedClient } from './testing/simulated-client.js';
import { TestEngine } from './testing/test-engine.js';

const MICROPHONE = loadOffer('chromium-microphone');
const OFF = { recovery: { retransmission: false, redundancy: false } };

function publish(offer: string, engine = new TestEngine()) {
  const { answer, transportId } = engine.publish('room', 'alice', offer);
  return { answer, publication: engine.worker.publicationOf(transportId) };
}

/** @returns the engine's first offer to one who hears another, and what became of its answer */
function hear(engine = new TestEngine()) {
  const join = (uid: string) => {
    const client = new SimulatedClient('sendrecv');
    const { name, answer, transportId } = engine.publish('room', uid, client.offer());
    client.takeAnswer(answer);
    engine.startMedia(transportId);
    return { client, name };
  };
  const alice = join('alice');
  join('bob');
  const offer = engine.control.subscribe(alice.name)?.sdp ?? '';
  engine.answer(alice.name, alice.client.answer(offer));
  return { offer, requests: engine.worker.messages.filter(({ type }) => type === 'request-retransmissions') };
}

describe('an answer', () => {
  test('lists NACK to who offers it, and to nobody else', () => {
    const offer = MICROPHONE.replace('a=rtcp-fb:111 ', 'a=rtcp-fb:111 nack\r\na=rtcp-fb:111 ');
    expect(publish(MICROPHONE).answer).not.toContain('nack');
    expect(publish(offer)).toMatchObject({
      answer: expect.stringContaining('a=rtcp-fb:111 nack\r\na=rtcp-fb:111 transport-cc\r\n'),
      publication: { feedback: { nack: true, transportCc: true, remb: false } },
    });
  });

  test("keeps the client's preference for RED", () => {
    const offer = MICROPHONE.replace('SAVPF 111 63', 'SAVPF 63 111');
    expect(publish(offer).answer).toMatch(/m=audio \d+ UDP\/TLS\/RTP\/SAVPF 63 111\r\n/);
  });

  test('lists REMB to who cannot do better', () => {
    const both = MICROPHONE.replace('a=rtcp-fb:111 ', 'a=rtcp-fb:111 goog-remb\r\na=rtcp-fb:111 ');
    expect(publish(both).publication?.feedback).toMatchObject({ transportCc: true, remb: false });
    const remb = MICROPHONE.replace('transport-cc', 'goog-remb');
    expect(publish(remb)).toMatchObject({
      answer: expect.not.stringContaining('transport-wide'),
      publication: { feedback: { transportCc: false, remb: true }, extensions: { transportSequence: null } },
    });
  });

  test('lists retransmissions of an SSRC of their own', () => {
    const offer = MICROPHONE.replace(
      'a=rtpmap:111',
      'a=rtpmap:9 rtx/48000/2\r\na=fmtp:9 apt=111\r\na=rtpmap:111',
    ).replace('a=ssrc:929039101', 'a=ssrc-group:FID 929039101 7\r\na=ssrc:929039101');
    expect(publish(offer)).toMatchObject({
      answer: expect.stringContaining('a=fmtp:9 apt=111\r\n'),
      publication: { retransmission: { payloadType: 9, ssrc: 7 } },
    });
  });

  test('lists nothing of it where the engine is told not to', () => {
    const { answer, publication } = publish(
      MICROPHONE.replace('a=rtcp-fb:111 ', 'a=rtcp-fb:111 nack\r\na=rtcp-fb:111 '),
      new TestEngine(OFF),
    );
    expect(answer).not.toMatch(/nack|red\//);
    expect(publication).toMatchObject({ redPayloadType: null, feedback: { nack: false } });
  });
});

describe('an offer', () => {
  test('lists NACK on every m-line; once it is answered, the publisher is asked for what is missing', () => {
    const { offer, requests } = hear();
    expect(offer.match(/a=rtcp-fb:111 nack/g)).toHaveLength(2);
    expect(requests).toHaveLength(1);
  });

  test('does not where the engine is told not to', () => {
    const { offer, requests } = hear(new TestEngine(OFF));
    expect(offer).not.toContain('nack');
    expect(requests).toEqual([]);
  });
});
