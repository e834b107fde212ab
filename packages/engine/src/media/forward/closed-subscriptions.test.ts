import { expect, test } from 'vitest';
import type { OpenSubscription } from '../../contract/messages.js';
import { TokenBucket } from '../token-bucket.js';
import { ClosedSubscriptions, MAX_CLOSED_SUBSCRIPTIONS } from './closed-subscriptions.js';
import { ResendHistory } from './resend-limits.js';
import type { Subscriber } from './subscriber.js';
import { Subscription } from './subscription.js';

const subscriber: Subscriber = {
  lane: null,
  subscriptions: new Map(),
  subscriptionsBySsrc: new Map(),
  closedSubscriptions: new ClosedSubscriptions(),
  retransmissionStreams: new Map(),
  resendAllowance: new TokenBucket(1, 1),
  roundTripTime: 0,
  srtp: null,
  redundancy: { wanted: false },
  selected: null,
  muted: false,
  permissions: { subscribe: true },
};

/** One on which so many packets of 100 octets were sent. */
function subscriptionOf(ssrc: number, packets: number): Subscription {
  const message: OpenSubscription = {
    type: 'open-subscription',
    subscriptionId: ssrc,
    publicationId: 1,
    transportId: 1,
    ssrc,
    payloadType: 111,
    redPayloadType: null,
    retransmission: null,
    audioLevelExtension: null,
    cname: 'somebody',
  };
  const subscription = new Subscription(message, subscriber);
  subscription.packetsSent = packets;
  subscription.octetsSent = 100 * packets;
  subscription.resent = new ResendHistory();
  return subscription;
}

test('the latest are remembered, the oldest are forgotten, and what was sent on all of them counts', () => {
  const closed = new ClosedSubscriptions();
  const total = 3 * MAX_CLOSED_SUBSCRIPTIONS;
  const forgotten: number[] = [];
  for (let ssrc = 1; ssrc <= total; ssrc++) {
    const oldest = closed.add(subscriptionOf(ssrc, 1));
    if (oldest !== null) forgotten.push(oldest.ssrc);
    expect(closed.size).toBeLessThanOrEqual(MAX_CLOSED_SUBSCRIPTIONS);
  }
  expect(forgotten).toEqual(Array.from({ length: 2 * MAX_CLOSED_SUBSCRIPTIONS }, (_, i) => i + 1));
  expect(closed.packetsSent).toBe(total);
  expect(closed.octetsSent).toBe(100 * total);
});

test('one whose SSRC comes again is taken out, and what it had to send again is not kept', () => {
  const closed = new ClosedSubscriptions();
  closed.add(subscriptionOf(1, 10));
  closed.add(subscriptionOf(2, 20));
  expect(closed.take(3)).toBeNull();
  expect(closed.take(1)).toMatchObject({ ssrc: 1, packetsSent: 10, resent: null });
  expect(closed.take(1)).toBeNull();
  expect(closed).toMatchObject({ size: 1, packetsSent: 20, octetsSent: 2_000 });
});
