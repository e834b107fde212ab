import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OpenSubscription } from '../../contract/messages.js';
import { TokenBucket } from '../token-bucket.js';
import { ClosedSubscriptions } from './closed-subscriptions.js';
import { startLane } from './lane-start.js';
import type { Subscriber } from './subscriber.js';
import { Subscription } from './subscription.js';

const message: OpenSubscription = {
  type: 'open-subscription',
  subscriptionId: 1,
  publicationId: 2,
  transportId: 3,
  ssrc: 4,
  payloadType: 111,
  redPayloadType: null,
  retransmission: null,
  audioLevelExtension: null,
  cname: 'somebody',
};
const subscriber: Subscriber = {
  lane: null,
  subscriptions: new Map(),
  subscriptionsBySsrc: new Map(),
  closedSubscriptions: new ClosedSubscriptions(),
  redundancy: { wanted: false },
  retransmissionStreams: new Map(),
  resendAllowance: new TokenBucket(1, 1),
  roundTripTime: 0,
  srtp: null,
  selected: null,
  muted: false,
  permissions: { subscribe: true },
};
const sequenceNumbers = fc.integer({ min: 0, max: 0xffff });
const timestamps = fc.integer({ min: 0, max: 0xffff_ffff });

describe('a route', () => {
  test('that is new begins so low that its first packets cannot roll over, and not so low as to go below zero', () => {
    fc.assert(
      fc.property(sequenceNumbers, timestamps, (sequenceNumber, timestamp) => {
        const start = startLane(new Subscription(message, subscriber), sequenceNumber, timestamp, 0);
        const first = (sequenceNumber + start.sequenceOffset) & 0xffff;
        expect(first).toBeGreaterThanOrEqual(1024);
        expect(first).toBeLessThan(0x8000);
        expect(start.lastSequenceNumber).toBe(first - 1);
        expect(start.rolloverCounter).toBe(0);
        expect(start.timestampOffset).toBe(start.timestampOffset >>> 0);
      }),
    );
  });

  test('that goes on has the next number, and a timestamp by the clock', () => {
    fc.assert(
      fc.property(sequenceNumbers, timestamps, sequenceNumbers, timestamps, fc.nat(100_000), (...numbers) => {
        const [sequenceNumber, timestamp, lastSequenceNumber, lastTimestamp, elapsed] = numbers;
        const subscription = new Subscription(message, subscriber);
        Object.assign(subscription, { started: true, rolloverCounter: 7, sentAt: 500 });
        subscription.sequenceNumber = lastSequenceNumber;
        subscription.timestamp = lastTimestamp;
        const start = startLane(subscription, sequenceNumber, timestamp, 500 + elapsed);
        expect((sequenceNumber + start.sequenceOffset) & 0xffff).toBe((lastSequenceNumber + 1) & 0xffff);
        expect((timestamp + start.timestampOffset - lastTimestamp) >>> 0).toBe(Math.max(elapsed * 48, 960));
        expect(start).toMatchObject({ lastSequenceNumber, rolloverCounter: 7 });
      }),
    );
  });
});
