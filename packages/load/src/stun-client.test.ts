import { describe, expect, test } from 'vitest';
import { attribute, parseBindingResponse, StunClient, writeMessage } from './stun-client.js';

/** RFC 5769 section 2.2: sample IPv4 response. */
const SAMPLE_RESPONSE = Buffer.from(
  '0101003c2112a442b7e7a701bc34d686fa87dfae' +
    '8022000b7465737420766563746f7220' +
    '002000080001a147e112a643' +
    '000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7' +
    '80280004c07d4c96',
  'hex',
);
const SAMPLE_PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';

/** RFC 5769 section 2.1: sample request. */
const SAMPLE_REQUEST = Buffer.from(
  '000100582112a442b7e7a701bc34d686fa87dfae' +
    '802200105354554e207465737420636c69656e74' +
    '002400046e0001ff' +
    '80290008932ff9b151263b36' +
    '000600096576746a3a68367659202020' +
    '000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2' +
    '80280004e57a3bcf',
  'hex',
);

describe('responses', () => {
  test('the sample of RFC 5769 section 2.2 verifies', () => {
    expect(parseBindingResponse(SAMPLE_RESPONSE, SAMPLE_PASSWORD)).toEqual({
      kind: 'success',
      transactionId: 'b7e7a701bc34d686fa87dfae',
      mappedAddress: { address: '192.0.2.1', port: 32853 },
    });
  });

  test('a response with any changed byte before its fingerprint value is refused', () => {
    for (let at = 0; at < SAMPLE_RESPONSE.length; at++) {
      const changed = Buffer.from(SAMPLE_RESPONSE);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      expect(parseBindingResponse(changed, SAMPLE_PASSWORD)).toBeNull();
    }
  });

  test('a wrong password, a cut message and a request are refused', () => {
    expect(parseBindingResponse(SAMPLE_RESPONSE, 'wrong')).toBeNull();
    expect(parseBindingResponse(SAMPLE_RESPONSE.subarray(0, 60), SAMPLE_PASSWORD)).toBeNull();
    expect(parseBindingResponse(SAMPLE_REQUEST, SAMPLE_PASSWORD)).toBeNull();
  });
});

const local = { ufrag: 'local', password: 'local password' };
const remote = { ufrag: 'remote', password: 'password' };

describe('requests', () => {
  test('integrity and fingerprint are written as in RFC 5769 section 2.1', () => {
    const software = attribute(0x8022, Buffer.from('STUN test client'));
    const priority = attribute(0x0024, Buffer.from('6e0001ff', 'hex'));
    const controlled = attribute(0x8029, Buffer.from('932ff9b151263b36', 'hex'));
    // The sample pads with spaces; padding may be anything and is covered by the integrity.
    const username = attribute(0x0006, Buffer.from('evtj:h6vY'));
    username.fill(' ', 13);
    const transactionId = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');
    const attributes = [software, priority, controlled, username];
    expect(writeMessage(1, transactionId, attributes, SAMPLE_PASSWORD)).toEqual(SAMPLE_REQUEST);
  });

  test('only the response to an own request counts, and only once', () => {
    const client = new StunClient(local, remote);
    const request = client.request();
    expect(request.includes(Buffer.from('remote:local'))).toBe(true);
    const transactionId = request.subarray(8, 20);
    const mapped = attribute(0x0020, Buffer.from('0001a147e112a643', 'hex'));
    const response = writeMessage(0x0101, transactionId, [mapped], 'password');
    expect(client.receive(writeMessage(0x0101, Buffer.alloc(12), [mapped], 'password'))).toBeNull();
    expect(client.receive(response)?.kind).toBe('success');
    expect(client.receive(response)).toBeNull();
    expect(client.pending).toBe(0);
  });

  test("the other side's check is answered with the address that it came from", () => {
    const [ours, theirs] = [new StunClient(local, remote), new StunClient(remote, local)];
    const answer = ours.answer(theirs.request(), '192.0.2.1', 32853) ?? Buffer.alloc(0);
    expect(theirs.receive(answer)).toMatchObject({
      kind: 'success',
      mappedAddress: { address: '192.0.2.1', port: 32853 },
    });
  });

  test('a check that is meant for another, or that does not verify, is not answered', () => {
    const ours = new StunClient(local, remote);
    const stranger = new StunClient(remote, { ...local, ufrag: 'another' });
    const forger = new StunClient(remote, { ...local, password: 'guessed' });
    expect(ours.answer(stranger.request(), '192.0.2.1', 1)).toBeNull();
    expect(ours.answer(forger.request(), '192.0.2.1', 1)).toBeNull();
    expect(ours.answer(SAMPLE_RESPONSE, '192.0.2.1', 1)).toBeNull();
  });
});
