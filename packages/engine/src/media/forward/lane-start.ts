import { randomInt } from 'node:crypto';
import { continueSequenceNumbers, continueTimestamps } from '../rtp/index.js';
import type { LaneStart } from './route-group.js';
import type { Subscription } from './subscription.js';

/** First sequence numbers stay below: so close to a rollover, loss of the first packets would desynchronise (RFC 3711, 3.3.1). */
const FIRST_SEQUENCE_NUMBER_LIMIT = 0x8000;
/** So that packets which were overtaken by the first one do not fall below zero. */
const FIRST_SEQUENCE_NUMBER_MINIMUM = 1024;

/**
 * Where a route begins or goes on.
 * @param subscription with the state of what it sent last
 * @param sequenceNumber and timestamp of the source's packet that comes next
 * @param now ms
 */
export function startLane(
  subscription: Subscription,
  sequenceNumber: number,
  timestamp: number,
  now: number,
): LaneStart {
  if (!subscription.started) return firstStart(sequenceNumber, timestamp);
  return {
    sequenceOffset: continueSequenceNumbers(subscription.sequenceNumber, sequenceNumber),
    timestampOffset: continueTimestamps(subscription.timestamp, subscription.sentAt, timestamp, now),
    lastSequenceNumber: subscription.sequenceNumber,
    rolloverCounter: subscription.rolloverCounter,
  };
}

/** Random first values, RFC 3550 section 5.1. */
function firstStart(sequenceNumber: number, timestamp: number): LaneStart {
  const first = randomInt(FIRST_SEQUENCE_NUMBER_MINIMUM, FIRST_SEQUENCE_NUMBER_LIMIT);
  return {
    sequenceOffset: (first - sequenceNumber) & 0xffff,
    timestampOffset: (randomInt(0x1_0000_0000) - timestamp) >>> 0,
    lastSequenceNumber: first - 1,
    rolloverCounter: 0,
  };
}
