/** Packets that strangers send. */
import type { Defence } from '../defence.js';
import { FLOODS } from './media-floods.js';
import { MEDIA_FOLDER, row } from './media-row.js';

const FLOODS_TEST = `${MEDIA_FOLDER}/hostile-floods.test.ts`;
const LENGTHS = `${MEDIA_FOLDER}/hostile-lengths.test.ts`;
const PEERS = `${MEDIA_FOLDER}/hostile-peers.test.ts`;

const STRANGERS: readonly Defence[] = [
  row(
    'Nothing is answered to a STUN request without valid MESSAGE-INTEGRITY, and nothing is kept of it',
    FLOODS_TEST,
    'is answered by nothing, leaves nothing behind, and others go on',
    'ice/ice-agent.ts',
    'if (!hasValidIntegrity(message, bytes, key, this.#hmac))',
    'if (message.length < 0)',
  ),
  row(
    'A right username and a wrong one get the same, which is nothing',
    FLOODS_TEST,
    'tells nothing of who is there',
    'ice/ice-agent.ts',
    'if (!hasValidIntegrity(message, bytes, key, this.#hmac))',
    'if (message.length < 0)',
  ),
  row(
    'A check that was copied and comes from another address is no check',
    `${MEDIA_FOLDER}/connectivity.test.ts`,
    'that are copied to another address take nothing there',
    'ice/ice-agent.ts',
    'if (earlierTuple !== NOT_FOUND && earlierTuple !== tuple)',
    'if (tuple < 0)',
  ),
  row(
    "Another participant's address cannot be taken by a check with a forged source",
    PEERS,
    'cannot be taken by a check of their own with a forged source, while its owner is there',
    'connectivity.ts',
    'if (isTaken && known.transport.agent.holds(known.id, now))',
    'if (now < 0)',
  ),
  row(
    'A participant has a bounded number of addresses',
    `${MEDIA_FOLDER}/connectivity.test.ts`,
    'too many of them: the stalest is forgotten, and memory does not grow',
    'ice/validated-tuples.ts',
    'this.#entries.length < MAX_TUPLES',
    'this.#entries.length >= 0',
  ),
  row(
    'DTLS is taken from validated addresses only',
    `${MEDIA_FOLDER}/security.test.ts`,
    'is taken from addresses that are proven, and from no others',
    'datapath.ts',
    'const transport = this.#tupleOf(source)?.transport;',
    'const transport = this.#tupleOf(source)?.transport ?? [...this.#transports.values()][0];',
  ),
  row(
    'Who has another certificate than the SDP says gets no keys',
    `${MEDIA_FOLDER}/security.test.ts`,
    'closes a transport whose peer has another certificate than it announced',
    'dtls/fingerprint.ts',
    'computeFingerprint(certificate, algorithm).value === value.toUpperCase(),',
    'value.length > 0,',
  ),
  row(
    'Forged records and alerts end no DTLS association',
    `${MEDIA_FOLDER}/dtls/hostile-input.test.ts`,
    'outlives plaintext alerts',
    'dtls/record.ts',
    "return epoch === 0 && phase === 'handshake' ? null : 'dtls-wrong-epoch';",
    'return null;',
  ),
];

const KEYS: readonly Defence[] = [
  row(
    "RTP is heard only if it was protected with its participant's keys",
    PEERS,
    'serves nobody else: media and handshakes from it are judged by the keys of its owner',
    'srtp/srtp-receiver.ts',
    'header.headerLength, length, roc) === 0)',
    'header.headerLength, length, roc) > 1)',
  ),
  row(
    'A copy of an RTP packet is heard by nobody',
    PEERS,
    'cannot be repeated: copies of its packets are nothing, from whatever address',
    'srtp/srtp-receiver.ts',
    'if (verdict === WINDOW_REPLAYED) return -SRTP_REPLAYED;',
    '',
  ),
  row(
    'A copy of an RTCP packet has no effect',
    PEERS,
    'cannot be ended by a goodbye that was said before',
    'srtp/srtcp-receiver.ts',
    'if (verdict === WINDOW_REPLAYED) return -SRTP_REPLAYED;',
    '',
  ),
  row(
    'A participant has a bounded number of SSRCs, of which forged packets use none',
    `${MEDIA_FOLDER}/srtp/srtp-receiver.test.ts`,
    'keeps each SSRC apart, up to a limit that forgers do not count against',
    'srtp/srtp-receiver.ts',
    'if (this.#streams.isFull) return -SRTP_TOO_MANY_SSRCS;',
    '',
  ),
];

const STREAMS: readonly Defence[] = [
  row(
    "Nobody speaks in another participant's stream by its SSRC or MID",
    PEERS,
    'cannot be spoken in: neither by its SSRC nor by its MID nor by both',
    'rtp-path.ts',
    'if (publication.ssrcs.length > 0) return false;',
    '',
  ),
  row(
    'Within a BUNDLE an SSRC stays with its m-line, whatever MID it names later',
    PEERS,
    'an SSRC that is bound to one m-line cannot be moved to another by its MID',
    'rtp-path.ts',
    'if (publication.ssrc === ssrc || publication.ssrcs.includes(ssrc)) return publication;',
    'if (publication.ssrcs.includes(ssrc)) return publication;',
  ),
  row(
    'Of two sources that claim one m-line the first is heard alone for as long as it sends',
    PEERS,
    'a second source of one m-line is not heard while the first is, and follows it when that has ended',
    'forward/publication.ts',
    'if (this.ssrc !== null && now - this.arrivedAt < SOURCE_CHANGE_SILENCE) return false;',
    '',
  ),
  row(
    'A retransmission (RTX) brings only what is missing',
    PEERS,
    'a retransmission brings nothing that nobody misses',
    'rtp-path.ts',
    'if (!publication.isMissing(readOriginalSequenceNumber(bytes, offset, header)))',
    'if (now < 0)',
  ),
  row(
    'What only claims to be a retransmission uses up its numbers: no keystream is used twice for what comes behind it',
    PEERS,
    'what claims to be a retransmission under the numbers of the stream itself uses them up',
    'rtp-path.ts',
    'if (publication.ssrc === ssrc) continue;',
    '',
  ),
  row(
    "A goodbye ends only its sender's own streams",
    PEERS,
    'cannot be said goodbye to, nor reported on',
    'rtcp-path.ts',
    'const source = readByeSource(this.#memory.bytes, bye, i) | 0;',
    'const source = transport.publications[0]?.ssrc ?? 0;',
  ),
  row(
    "A NACK for another participant's SSRC sends nothing",
    PEERS,
    'cannot be asked for: a NACK for its SSRC sends nothing to anybody',
    'nack-path.ts',
    'transport.subscriptionsBySsrc.get(nack.mediaSsrc);',
    'transport.subscriptionsBySsrc.values().next().value;',
  ),
  row(
    "A report on another participant's SSRC counts for nobody",
    PEERS,
    'cannot be made to look bad: reports on its SSRC count for nobody',
    'rtcp-path.ts',
    'transport.subscriptionsBySsrc.get(block.ssrc);',
    'transport.subscriptionsBySsrc.values().next().value;',
  ),
];

const SHAPES: readonly Defence[] = [
  row(
    'A packet of any kind that is cut anywhere is dropped, and nothing is sent for it',
    LENGTHS,
    'that ends too early is dropped at every length, from whatever address',
    'ice/stun-message.ts',
    'attributesLength % 4 !== 0 || attributesLength + stun.STUN_HEADER_LENGTH !== length',
    'attributesLength + stun.STUN_HEADER_LENGTH < length',
  ),
  row(
    'A packet that is longer than it can be is dropped',
    LENGTHS,
    'that is too long is dropped at every length up to the longest that can come',
    'datapath.ts',
    "length > MAX_DATAGRAM ? 'too-long' : this.#dispatch",
    'this.#dispatch',
  ),
  row(
    'RTP with more padding than payload goes to nobody',
    LENGTHS,
    'of RTP with more padding than there is payload goes to nobody',
    'rtp-path.ts',
    'if (padding !== RTP_ACCEPTED) return RTP_DROP_NAMES[padding];',
    '',
  ),
  row(
    'RED whose blocks reach beyond its end goes to nobody',
    LENGTHS,
    'of RED is cut at every length: no octet is heard that is not of the packet',
    'rtp/redundancy.ts',
    'if (at > end) return RTP_REDUNDANCY_BLOCK_BEYOND_END;',
    '',
  ),
  row(
    'Of RTCP nothing is read beyond its end, whatever length and count it claims',
    LENGTHS,
    'of RTCP may claim any length and count: what is beyond the end is not read',
    'rtcp/compound.ts',
    'if (packetLength > end - position) return RTCP_LENGTH_BEYOND_END;',
    'if (packetLength > end - position) break;',
  ),
  row(
    'A TCP connection with a frame that no packet needs is closed',
    `${MEDIA_FOLDER}/tcp/connections.test.ts`,
    'with a frame that is too long is closed',
    'tcp/connections.ts',
    'if (problem !== null) {',
    'if (bytes.length < 0) {',
  ),
];

const ENGINE_STREAMS: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'Under one key no SSRC is of two streams: no keystream is used twice',
    test: 'packages/engine/src/room/peer.test.ts',
    name: 'no two streams to one participant ever have the same SSRC, whoever comes and goes',
    removal: {
      file: 'packages/engine/src/room/peer.ts',
      find: '(ssrc + SSRC_STEP) % 2 ** 32',
      replace: '(ssrc + SSRC_STEP) % 2 ** 12',
    },
  },
  {
    document: 'SECURITY',
    promise: "The engine's streams never have an SSRC of the participant's own",
    test: 'packages/engine/src/room/peer.test.ts',
    name: "a stream to a participant never has the SSRC of one of the participant's own",
    removal: {
      file: 'packages/engine/src/room/peer.ts',
      find: 'if (this.remoteSsrcs.includes(ssrc)) {',
      replace: 'if (ssrc < 0) {',
    },
  },
];

export const MEDIA: readonly Defence[] = [
  ...STRANGERS,
  ...KEYS,
  ...STREAMS,
  ...ENGINE_STREAMS,
  ...SHAPES,
  ...FLOODS,
];
