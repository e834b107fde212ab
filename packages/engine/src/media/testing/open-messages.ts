/** What control says of publications, subscriptions and slots when a test does not say otherwise. */
import { randomInt } from 'node:crypto';
import type {
  OpenPublication,
  OpenSlot,
  OpenSubscription,
  PublicationId,
  SubscriptionId,
} from '../../contract/messages.js';
import type { TestPeer } from './test-peer.js';
import type { StreamOptions, TestStream } from './test-stream.js';

export interface PublishOptions extends StreamOptions {
  /** What SDP signals; the stream's own SSRC when left out. */
  readonly ssrcs?: readonly number[];
  /** What else is signalled of it; nothing when left out. */
  readonly signalled?: Partial<
    Pick<OpenPublication, 'redPayloadType' | 'retransmission' | 'feedback' | 'extensions'>
  >;
}

export type SubscribeOptions = Partial<Omit<OpenSubscription, 'type' | 'publicationId' | 'transportId'>>;

export function openPublication(
  publicationId: PublicationId,
  { transportId }: TestPeer,
  stream: TestStream,
  { ssrcs = [stream.ssrc], signalled }: PublishOptions,
): OpenPublication {
  return {
    type: 'open-publication',
    publicationId,
    transportId,
    mid: stream.mid,
    ssrcs,
    payloadType: stream.payloadType,
    extensions: {
      audioLevel: stream.audioLevelExtension,
      mid: stream.midExtension,
      transportSequence: null,
    },
    redPayloadType: null,
    retransmission: null,
    feedback: { nack: false, transportCc: false, remb: false },
    ...signalled,
  };
}

export function openSubscription(
  subscriptionId: SubscriptionId,
  peer: TestPeer,
  publicationId: PublicationId,
  options: SubscribeOptions,
): OpenSubscription {
  return {
    type: 'open-subscription',
    publicationId,
    ...received(subscriptionId, peer, `publication ${publicationId}`),
    ...options,
  };
}

export function openSlot(
  subscriptionId: SubscriptionId,
  peer: TestPeer,
  slot: number,
  options: SubscribeOptions,
): OpenSlot {
  return { type: 'open-slot', slot, ...received(subscriptionId, peer, `slot ${slot}`), ...options };
}

/** A stream as its receiver's SDP describes it. */
function received(subscriptionId: SubscriptionId, { transportId }: TestPeer, cname: string) {
  return {
    subscriptionId,
    transportId,
    ssrc: randomInt(1, 2 ** 32),
    payloadType: 111,
    redPayloadType: null,
    retransmission: null,
    audioLevelExtension: 1,
    cname,
  };
}
