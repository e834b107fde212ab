/**
 * libdatachannel carries packets and knows no codec. So its participants publish Opus packets that Google's WebRTC
 * library encoded from their tone, and what they receive is decoded by the same library. Both go over a peer connection
 * between the two libraries, inside this process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import wrtc from '@roamhq/wrtc';
import datachannel from 'node-datachannel';
import { parseRtp } from './rtp-packet.js';
import { RtpStream } from './rtp-stream.js';
import type { Sound } from './tones.js';
import { DecodedSound, ToneSource } from './wrtc-sound.js';

/** One second, in which every tone has a whole number of periods: it can be played in a loop. */
const RECORDED_PACKETS = 50;
/** The encoder needs a moment until its packets of a steady tone sound steady. */
const WARM_UP_PACKETS = 40;
const LOOPBACK_MILLISECONDS = 10_000;
/** 0.8 s: the decoder's jitter buffer is filled, and so is the window of sound to look at. */
const DECODED_PACKETS = 40;

/** Opus packets of 20 ms each, one second of a tone. */
export interface OpusRecording {
  readonly tone: number;
  readonly payloads: readonly Buffer[];
}

/** @returns the tones as Opus packets, all recorded at once in about two seconds */
export async function recordTones(tones: readonly number[]): Promise<readonly OpusRecording[]> {
  const sources = tones.map((tone) => new ToneSource(tone));
  const encoder = new wrtc.RTCPeerConnection();
  const recorder = newPeer('recorder');
  const packets: Buffer[][] = tones.map(() => []);
  const tracks: datachannel.Track[] = [];
  recorder.onTrack((track) => {
    tracks.push(track);
    track.onMessage((message) => collect(packets[Number(track.mid())], message));
  });
  for (const { track } of sources) encoder.addTrack(track);
  try {
    await encoder.setLocalDescription(await encoder.createOffer());
    await gathered(encoder);
    recorder.setRemoteDescription(encoder.localDescription?.sdp ?? '', 'offer');
    recorder.setLocalDescription('answer');
    await encoder.setRemoteDescription(await localDescription(recorder));
    const enough = WARM_UP_PACKETS + RECORDED_PACKETS;
    await until(() => packets.every(({ length }) => length >= enough), LOOPBACK_MILLISECONDS);
    return tones.map((tone, index) => ({
      tone,
      payloads: (packets[index] ?? []).slice(WARM_UP_PACKETS, enough),
    }));
  } finally {
    for (const source of sources) source.stop();
    encoder.close();
    recorder.close();
  }
}

/**
 * @param streams Opus packets in the order in which they were received
 * @returns what the last packets of each stream sound like; silence for a stream of less than 0.8 s
 */
export async function decode(streams: readonly (readonly Buffer[])[]): Promise<readonly Sound[]> {
  if (streams.length === 0) return [];
  const decoder = new wrtc.RTCPeerConnection();
  const player = newPeer('player');
  const sounds: DecodedSound[] = [];
  decoder.ontrack = ({ track, transceiver }) => {
    sounds[Number(transceiver.mid)] = new DecodedSound(track);
  };
  const outgoing = streams
    .map((payloads) => (payloads.length < DECODED_PACKETS ? [] : payloads.slice(-DECODED_PACKETS)))
    .map((payloads, index) => new RtpStream(player, String(index), payloads, false));
  try {
    player.setLocalDescription('offer');
    const { type, sdp } = await localDescription(player);
    await decoder.setRemoteDescription({ type, sdp: withoutCandidates(sdp ?? '') });
    await decoder.setLocalDescription(await decoder.createAnswer());
    await gathered(decoder);
    player.setRemoteDescription(decoder.localDescription?.sdp ?? '', 'answer');
    await until(() => outgoing.every(({ isOpen }) => isOpen), LOOPBACK_MILLISECONDS);
    for (const stream of outgoing) stream.start();
    await until(() => outgoing.every(({ isDone }) => isDone), LOOPBACK_MILLISECONDS);
    return sounds.map((sound) => sound.latest());
  } finally {
    for (const stream of outgoing) stream.stop();
    for (const sound of sounds) sound.stop();
    player.close();
    decoder.close();
  }
}

/**
 * Who knows no address of libdatachannel cannot begin with checks: those that come to it before it has the other side's
 * description make it give up now and then. It begins itself, and the other side learns its address from that.
 */
function withoutCandidates(sdp: string): string {
  return sdp.replaceAll(/^a=(candidate|end-of-candidates).*\r\n/gm, '');
}

function newPeer(name: string): datachannel.PeerConnection {
  return new datachannel.PeerConnection(name, {
    iceServers: [],
    bindAddress: '127.0.0.1',
    disableAutoNegotiation: true,
  });
}

function collect(payloads: Buffer[] | undefined, message: Buffer): void {
  const packet = parseRtp(message);
  if (packet !== null) payloads?.push(Buffer.from(packet.payload));
}

async function localDescription(peer: datachannel.PeerConnection): Promise<RTCSessionDescriptionInit> {
  await until(() => peer.gatheringState() === 'complete', LOOPBACK_MILLISECONDS);
  const description = peer.localDescription();
  if (description?.type !== 'offer' && description?.type !== 'answer') {
    throw new Error(`libdatachannel gave ${description?.type ?? 'no description'}`);
  }
  return { type: description.type, sdp: description.sdp };
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  return until(() => connection.iceGatheringState === 'complete', LOOPBACK_MILLISECONDS);
}

async function until(isTrue: () => boolean, milliseconds: number): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error('the loopback between the two libraries does not get going');
    await sleep(10);
  }
}
