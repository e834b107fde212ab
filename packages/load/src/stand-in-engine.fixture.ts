/**
 * A small forwarding engine for the generator's tests, in the generator's own protocol pieces. It can be told to
 * lose or to spoil what it forwards, which the generator has to notice.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DtlsContext, DtlsSession, generateCertificate, type SrtpKeys } from './engine-modules.js';
import { HEADER_LENGTH } from './media-packet.js';
import { Reception } from './reception.js';
import { parseDescription, type RemoteDescription } from './sdp.js';
import { AUTHENTICATION_TAG_LENGTH, protectRtp, SrtpKey, unprotectRtp } from './srtp.js';
import { attribute, writeMessage } from './stun-client.js';

const PASSWORD = 'stand-in-engine-password';
const LEVEL = 'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level';

export type Mischief = 'none' | 'lose-every-fourth' | 'spoil-payload';

interface Peer {
  readonly uid: string;
  readonly offer: RemoteDescription;
  readonly reception: Reception;
  readonly offered: Set<string>;
  dtls: DtlsSession | null;
  address: RemoteInfo | null;
  keys: { readonly local: SrtpKey; readonly remote: SrtpKey } | null;
}

export class StandInEngine {
  mischief: Mischief = 'none';
  readonly #http: Server = createServer((request, response) => {
    readBody(request).then((body) => response.end(JSON.stringify(this.#answerCall(JSON.parse(body)))));
  });
  readonly #udp: Socket = createSocket('udp4');
  readonly #peers: Peer[] = [];
  readonly #dtls: DtlsContext;
  readonly #fingerprint: string;
  #forwarded = 0;

  private constructor(dtls: DtlsContext, fingerprint: string) {
    this.#dtls = dtls;
    this.#fingerprint = fingerprint;
    this.#udp.on('message', (message, from) => this.#receive(message, from));
  }

  static async start(): Promise<StandInEngine> {
    const certificate = await generateCertificate();
    const engine = new StandInEngine(new DtlsContext(certificate), certificate.fingerprint.value);
    engine.#udp.bind(0, '127.0.0.1');
    await once(engine.#udp, 'listening');
    engine.#http.listen(0, '127.0.0.1');
    await once(engine.#http, 'listening');
    return engine;
  }

  get url(): string {
    const { port } = this.#http.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  close(): void {
    for (const peer of this.#peers) peer.dtls?.close();
    this.#dtls.free();
    this.#udp.close();
    this.#http.close();
    this.#http.closeAllConnections();
  }

  #answerCall({ method, params }: { method: string; params: string[] }): unknown {
    const [, uid = '', third = ''] = params;
    if (method === 'publish') return { data: this.#publish(uid, JSON.parse(third)) };
    if (method === 'subscribe') return { data: this.#subscribe(uid) };
    return { data: {} };
  }

  #publish(uid: string, offer: { sdp: string }): unknown {
    const parsed = parseDescription(offer.sdp);
    const reception = new Reception(parsed.media[0]?.ssrcs[0] ?? 0);
    this.#peers.push({
      uid,
      offer: parsed,
      reception,
      offered: new Set(),
      dtls: null,
      address: null,
      keys: null,
    });
    const { port } = this.#udp.address();
    const candidate = `a=candidate:1 1 udp 2130706431 127.0.0.1 ${port} typ host`;
    const sdp = [...this.#session(), ...this.#media('0', 'passive', 'recvonly'), candidate, ''].join('\r\n');
    return { track: `cid-${uid}`, jsep: JSON.stringify({ type: 'answer', sdp }) };
  }

  #subscribe(uid: string): unknown {
    const self = this.#peers.find((peer) => peer.uid === uid);
    const others = this.#peers.filter((peer) => peer.uid !== uid && peer.reception.ssrc !== 0);
    if (self === undefined || others.every((peer) => self.offered.has(peer.uid))) {
      return { type: 'unknown', sdp: '', jsep: '{}' };
    }
    const sections = others.flatMap((peer, place) => {
      self.offered.add(peer.uid);
      const { ssrc } = peer.reception;
      const stream = [`a=msid:${peer.uid} cid`, `a=ssrc:${ssrc} cname:${peer.uid}`];
      return [...this.#media(String(place + 1), 'actpass', 'sendonly'), ...stream];
    });
    const sdp = [...this.#session(), ...this.#media('0', 'actpass', 'recvonly'), ...sections, ''].join(
      '\r\n',
    );
    return { type: 'offer', sdp, jsep: '{}' };
  }

  #session(): string[] {
    return ['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 't=0 0', 'a=ice-lite'];
  }

  #media(mid: string, setup: string, direction: string): string[] {
    return [
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'a=ice-ufrag:engine',
      `a=ice-pwd:${PASSWORD}`,
      `a=fingerprint:sha-256 ${this.#fingerprint}`,
      `a=setup:${setup}`,
      `a=mid:${mid}`,
      LEVEL,
      `a=${direction}`,
      'a=rtpmap:111 opus/48000/2',
    ];
  }

  #receive(message: Buffer, from: RemoteInfo): void {
    const first = message[0] ?? 0;
    const peer = first <= 3 ? this.#peerOfCheck(message) : this.#peerAt(from);
    if (peer === undefined) return;
    if (first <= 3) this.#answerCheck(peer, message, from);
    else if (first < 64) peer.dtls?.receive(message, 0, message.length);
    else if ((message[1] ?? 0) < 192) this.#forward(peer, message);
  }

  #peerAt(from: RemoteInfo): Peer | undefined {
    return this.#peers.find(({ address }) => address?.port === from.port);
  }

  #peerOfCheck(message: Buffer): Peer | undefined {
    return this.#peers.find(({ offer }) => message.includes(Buffer.from(`engine:${offer.ufrag}`)));
  }

  #answerCheck(peer: Peer, message: Buffer, from: RemoteInfo): void {
    const mapped = Buffer.from([0, 1, 0, 0, 0x7f ^ 0x21, 0x12, 0xa4, 0x01 ^ 0x42]);
    mapped.writeUInt16BE(from.port ^ 0x2112, 2);
    const answer = writeMessage(0x0101, message.subarray(8, 20), [attribute(0x0020, mapped)], PASSWORD);
    this.#udp.send(answer, from.port, from.address);
    if (peer.address !== null) return;
    peer.address = from;
    peer.dtls = new DtlsSession(this.#dtls, {
      role: 'server',
      fingerprints: peer.offer.fingerprints,
      send: (bytes, offset, length) =>
        this.#udp.send(Buffer.from(bytes.subarray(offset, offset + length)), from.port, from.address),
      onConnected: (keys) => this.#connect(peer, keys),
      onClosed: () => undefined,
    });
  }

  #connect(peer: Peer, { local, remote }: SrtpKeys): void {
    peer.keys = {
      local: new SrtpKey(local.masterKey, local.masterSalt),
      remote: new SrtpKey(remote.masterKey, remote.masterSalt),
    };
  }

  #forward(publisher: Peer, message: Buffer): void {
    if (publisher.keys === null) return;
    const index = publisher.reception.estimateIndex(message.readUInt16BE(2));
    const rolloverCounter = Math.floor(index / 0x1_0000);
    const plain = unprotectRtp(publisher.keys.remote, message, HEADER_LENGTH, rolloverCounter);
    if (plain === null) return;
    publisher.reception.receive(index, -1);
    for (const subscriber of this.#peers) {
      const { keys, address } = subscriber;
      if (subscriber === publisher || keys === null || address === null) continue;
      if (!subscriber.offered.has(publisher.uid)) continue;
      if (this.mischief === 'lose-every-fourth' && this.#forwarded++ % 4 === 0) continue;
      const packet = Buffer.concat([plain, Buffer.alloc(AUTHENTICATION_TAG_LENGTH)]);
      if (this.mischief === 'spoil-payload') packet[60] = (packet[60] ?? 0) ^ 1;
      protectRtp(keys.local, packet, HEADER_LENGTH, plain.length, rolloverCounter);
      this.#udp.send(packet, address.port, address.address);
    }
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
