import type { ParticipantStatistics } from '../contract/messages.js';
import type { Subscription } from './forward/subscription.js';
import type { Transport } from './transport.js';

/**
 * Milliseconds for which a receiver report says how things are: about three of the intervals at which participants
 * send them (RFC 3550 section 6.2), of which any two may be lost.
 */
export const REPORT_LIFETIME = 15_000;

/**
 * What is known of the media to and from one participant. Looks it up where it is kept anyway: no packet costs more for
 * it.
 * @param now ms
 */
export function describeParticipant(transport: Transport, now: number): ParticipantStatistics {
  const { publications, endedUplink } = transport;
  const sent = [...transport.subscriptions.values(), ...transport.closedSubscriptions.values()];
  const reported = [...transport.subscriptions.values()].filter(({ reportedAt }) => isFresh(reportedAt, now));
  const roundTrip = isFresh(transport.roundTripMeasuredAt, now) ? transport.roundTripTime : null;
  return {
    transportId: transport.id,
    packetsIn: transport.packetsIn,
    octetsIn: transport.octetsIn,
    packetsOut: sum(sent.map(packetsSent)),
    octetsOut: sum(sent.map(octetsSent)),
    uplinkLost: endedUplink.lost + sum(publications.map(({ lost }) => lost)),
    uplinkExpected: endedUplink.expected + sum(publications.map(({ expected }) => expected)),
    uplinkJitter: Math.max(0, ...publications.map(({ statistics }) => statistics?.jitter ?? 0)),
    uplinkRoundTrip: publications.length > 0 ? roundTrip : null,
    downlinkLoss: mean(reported.map(({ fractionLost }) => fractionLost)),
    downlinkJitter: mean(reported.map(({ jitter }) => jitter)),
    downlinkRoundTrip: roundTrip,
  };
}

function isFresh(time: number, now: number): boolean {
  return now - time < REPORT_LIFETIME;
}

/** While packets flow the lane counts; else the subscription has what it counted. */
function packetsSent({ routeGroup, subscriber, packetsSent }: Subscription): number {
  if (routeGroup === null || subscriber.lane === null) return packetsSent;
  return routeGroup.packetsSent(subscriber.lane.index);
}

function octetsSent({ routeGroup, subscriber, octetsSent }: Subscription): number {
  if (routeGroup === null || subscriber.lane === null) return octetsSent;
  return routeGroup.octetsSent(subscriber.lane.index);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}
