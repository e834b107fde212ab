/** What parsers and state machines do with input that nobody has thought of. */
import type { Defence, Removal } from '../defence.js';

const CORPUS = 'fuzz/corpus.test.ts';
const SESSION = 'fuzz/session.test.ts';
const MEDIA = 'packages/engine/src/media';

/** A promise that a target holds on its corpus, and the edit without which it does not. */
function held(promise: string, name: string, removal: Removal): Defence {
  return { document: 'SECURITY', promise, test: CORPUS, name, removal: { built: false, ...removal } };
}

export const FUZZ: readonly Defence[] = [
  held('No STUN message leads outside of itself', 'what is found of a STUN message lies within it', {
    file: `${MEDIA}/ice/stun-message.ts`,
    find: 'next > end || !hasRightLength(type, length)',
    replace: '!hasRightLength(type, length)',
  }),
  held(
    'No RTP header leads outside of its packet',
    'a canonical RTP header keeps all fields and the payload',
    {
      file: `${MEDIA}/rtp/header.ts`,
      find: 'if (headerLength > length) return RTP_CSRC_BEYOND_END;',
      replace: '',
    },
  ),
  held('No header extension leads outside of itself', 'elements of header extensions lie within them', {
    file: `${MEDIA}/rtp/header-extensions.ts`,
    find: 'const length = (octet & 0x0f) + 1;\n    if (data + length > end) return NO_EXTENSION;',
    replace: 'const length = (octet & 0x0f) + 1;',
  }),
  held('No RTCP compound leads outside of itself', 'what is read of RTCP lies within its packet', {
    file: `${MEDIA}/rtcp/compound.ts`,
    find: 'if (packetLength > end - position) return RTCP_LENGTH_BEYOND_END;',
    replace: '',
  }),
  held(
    'No block of RED leads outside of its payload',
    'blocks of RED lie within the payload and can be written again',
    {
      file: `${MEDIA}/rtp/redundancy.ts`,
      find: 'if (at > end) return RTP_REDUNDANCY_BLOCK_BEYOND_END;',
      replace: '',
    },
  ),
  held('No frame of Opus leads outside of its packet', 'frames of Opus lie within the packet', {
    file: `${MEDIA}/opus/packet.ts`,
    find: 'if (at > end) return false;',
    replace: '',
  }),
  held(
    'Forged plaintext records do not reach OpenSSL behind the handshake',
    'OpenSSL gets whole records of its epoch and nothing else',
    {
      file: `${MEDIA}/dtls/record.ts`,
      find: "epoch === 0 && phase === 'handshake' ? null",
      replace: 'epoch === 0 ? null',
    },
  ),
  held(
    'A frame over TCP that is too long ends its connection, however it is cut',
    'frames over TCP are the same however the stream is cut',
    {
      file: `${MEDIA}/tcp/framing.ts`,
      find: 'const length = readLength(partial, 0);\n    if (length > MAX_FRAME_LENGTH) {',
      replace: 'const length = readLength(partial, 0);\n    if (length > 0x10000) {',
    },
  ),
  held(
    "Nothing of a participant's description can start a line in the others'",
    'texts of a description are safe to echo into others',
    {
      file: 'packages/engine/src/sdp/remote-description.ts',
      find: 'formats.length > MAX_FORMATS || !formats.every(isVisible)',
      replace: 'formats.length > MAX_FORMATS',
    },
  ),
  held('What is no candidate is refused', 'a candidate that is taken follows RFC 8839', {
    file: 'packages/engine/src/sdp/remote-candidate.ts',
    find: 'Number(port) > MAX_PORT',
    replace: 'Number(port) < 0',
  }),
  held(
    "Calls with a participant's token change nothing of others, in any order",
    'a token gives power over its own participant only',
    {
      file: 'packages/edge/src/auth/authorization.ts',
      find: 'uid !== null && uid !== value',
      replace: 'uid !== null && value === undefined',
      built: true,
    },
  ),
  held(
    'No access token counts but one that the secret has signed, and it grants what it says and no more',
    'no token counts that the secret did not sign, and none behind its end',
    {
      file: 'packages/edge/src/auth/token-verifier.ts',
      find: 'const { payload } = await jwtVerify(token, keyFor, { ...this.#options, currentDate });',
      replace: "const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());",
      built: true,
    },
  ),
  held(
    'Of X-Forwarded-For no address counts that stands left of one that is no proxy',
    'nothing that a client writes into X-Forwarded-For is believed',
    {
      file: 'packages/edge/src/gate/trusted-proxies.ts',
      find: 'if (!this.has(client)) return client;',
      replace: '',
      built: true,
    },
  ),
  held(
    'Whatever a request to the dashboard looks like: who may not ask from there gets a refusal, and nothing else',
    'the dashboard answers who may ask, and nobody else',
    {
      file: 'packages/engine/src/admin/access.ts',
      find: 'return isLocalRequest(request) ? null : NOT_LOCAL;',
      replace: 'return null;',
    },
  ),
  held(
    'Whatever a request to the dashboard looks like: where it has a token, nothing is answered or done without',
    'the dashboard answers who may ask, and nobody else',
    {
      file: 'packages/engine/src/admin/access.ts',
      find: 'if (!this.#isToken(headers.authorization)) return WRONG_TOKEN;',
      replace: '',
    },
  ),
  held(
    'Any header that begins with X-Forwarded tells of a proxy, behind which nobody is this machine',
    'the dashboard answers who may ask, and nobody else',
    {
      file: 'packages/edge/src/gate/local-request.ts',
      find: ' || name.startsWith(PROXY_HEADERS_BEGIN)',
      replace: '',
      built: true,
    },
  ),
  held(
    'No URL of a callback leads into a private network, however its host is written and whatever DNS says of it',
    'no callback leads into a private network, whatever the URL and DNS say',
    {
      file: 'packages/engine/src/callback/post.ts',
      find: 'addresses.filter(({ address }) => isPublicAddress(address))',
      replace: 'addresses',
    },
  ),
  held(
    'No callback goes to an IPv4 address of a private network that one of IPv6 embeds',
    'no callback leads into a private network, whatever the URL and DNS say',
    {
      file: 'packages/engine/src/callback/public-address.ts',
      find: "  ['2002::', 16],\n",
      replace: '',
    },
  ),
  held(
    'Calls over live sockets, in any order: each is answered as the tokens allow that its socket has shown before it',
    'each call over a live socket is answered as the tokens allow that it has shown before',
    {
      file: 'packages/engine/src/live/live-socket.ts',
      find: 'while (!this.#isVerifying && this.#socket.readyState === WebSocket.OPEN) {',
      replace: 'while (this.#socket.readyState === WebSocket.OPEN) {',
    },
  ),
  held(
    'Of a live socket on which no token was shown a monitor reads what RFC 6455 says, and no long message',
    'what a monitor reads before a token was shown is what RFC 6455 says, however it is cut',
    {
      file: 'packages/monitor/src/live/client-messages.ts',
      find: 'if (length > MAX_FIRST_MESSAGE) return TOO_LONG;',
      replace: '',
    },
  ),
  held(
    'What Redis says of an engine counts only with a proof of the secret',
    'no heartbeat is taken without a proof of the secret',
    {
      file: 'packages/monitor/src/api/engine-report-body.ts',
      find: 'proven !== undefined && isProven(secret, proven) ? proven : null',
      replace: 'proven ?? null',
    },
  ),
  held(
    'Calls of many clients in any order: a call by foreign ids is refused and changes nothing',
    'whatever is called in which order, everybody hears whom they should',
    {
      file: 'packages/engine/src/room/rooms.ts',
      find: 'peer?.cid === name.cid',
      replace: 'peer !== undefined',
    },
  ),
  {
    document: 'reliability',
    promise:
      'A broken key in the set of who issues tokens is left out: the others count, and no call finds a bug',
    test: CORPUS,
    name: 'a key that is broken does no harm to the others of its set',
    removal: {
      file: 'packages/edge/src/auth/key-set.ts',
      find: "set.keys.filter((_, index) => uses[index] !== 'broken')",
      replace: 'set.keys',
      built: true,
    },
  },
  {
    document: 'reliability',
    promise: 'What is no URL is told to be none however often it comes, by which no call finds a bug',
    test: 'packages/edge/src/http/parse-url.test.ts',
    name: 'what is no URL is none however often it has been asked',
    removal: {
      file: 'packages/edge/src/http/parse-url.ts',
      find: 'return new URL(text);',
      replace: "return URL.canParse(text) ? new URL('https://a/') : null;",
      built: false,
    },
  },
  {
    document: 'reliability',
    promise:
      'Offers of browsers with lines changed, lost and mixed up: answers fit them, and who is refused has changed nothing',
    test: CORPUS,
    name: 'what is answered fits the offer, and what is refused changes nothing',
    removal: {
      file: 'packages/engine/src/room/offer-acceptance.ts',
      find: " && media.kind === 'audio';",
      replace: ';',
      built: false,
    },
  },
  {
    document: 'reliability',
    promise: 'Losses, and all that repairs them, in any order: each sound is heard once and in its place',
    test: CORPUS,
    name: 'whichever way a sound comes, it is heard once and in its place',
    removal: {
      file: `${MEDIA}/rtp-path.ts`,
      find: "return isNew ? null : 'rtp-recovered-before';",
      replace: 'return null;',
      built: false,
    },
  },
  {
    document: 'reliability',
    promise: 'Sockets that come, go and are slow, in any order: each knows who is there, and hears them',
    test: CORPUS,
    name: 'everybody knows who is there and hears them',
    removal: {
      file: 'packages/engine/src/live/live-rooms.ts',
      find: "this.#tellOwn(room, former, 'displaced');\n    this.#tellUpdated(room, peer);",
      replace: "this.#tellOwn(room, former, 'displaced');",
      built: false,
    },
  },
  {
    document: 'reliability',
    promise: 'An input on which the code under test goes on for ever is found and kept',
    test: SESSION,
    name: 'is ended when one trial goes on and on, and leaves the input behind',
    removal: { file: 'fuzz/session.ts', find: "child.kill('SIGKILL')", replace: 'hangs = false' },
  },
];
