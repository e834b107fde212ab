import type { ParticipantStatistics } from '../contract/statistics.js';
import type { Subscription } from './forward/subscription.js';
import type { Transport } from './transport.js';

/**
 * Milliseconds for which a receiver report says how things are: about three of the intervals at which participants
 * send them (RFC 3550 section 6.2), of which any two may be lost.
 */
export const REPORT_LIFETIME = 15_000;

/**
 * What is known of the media to and from one participant. Looks it up where it is kept anyway: no packet costs more for
 * it. Media waits meanwhile, so each stream is looked at once, and nothing but the result is made.
 * @param now ms
 */
export function describeParticipant(transport: Transport, now: number): ParticipantStatistics {
  const { id, packetsIn, octetsIn, publications } = transport;
  const uplink = describeUplink(transport);
  const downlink = describeDownlink(transport, now);
  const isMeasured = isFresh(transport.roundTripMeasuredAt, now);
  const downlinkRoundTrip = isMeasured ? transport.roundTripTime : null;
  return {
    transportId: id,
    packetsIn,
    octetsIn,
    packetsOut: downlink.packets,
    octetsOut: downlink.octets,
    uplinkLost: uplink.lost,
    uplinkExpected: uplink.expected,
    uplinkJitter: uplink.jitter,
    uplinkRoundTrip: publications.length > 0 ? downlinkRoundTrip : null,
    downlinkLoss: downlink.reports > 0 ? downlink.loss / downlink.reports : null,
    downlinkJitter: downlink.reports > 0 ? downlink.jitter / downlink.reports : null,
    downlinkRoundTrip,
  };
}

function describeUplink({ publications, endedUplink }: Transport) {
  let { expected, lost } = endedUplink;
  let jitter = 0;
  for (const publication of publications) {
    expected += publication.expected;
    lost += publication.lost;
    jitter = Math.max(jitter, publication.statistics?.jitter ?? 0);
  }
  return { expected, lost, jitter };
}

/** @returns sums: of packets and octets over all streams that there were, of loss and jitter over the reports */
function describeDownlink({ subscriptions, closedSubscriptions }: Transport, now: number) {
  const { packetsSent: packets, octetsSent: octets } = closedSubscriptions;
  const sums = { packets, octets, reports: 0, loss: 0, jitter: 0 };
  for (const subscription of subscriptions.values()) {
    addSent(subscription, sums);
    if (!isFresh(subscription.reportedAt, now)) continue;
    sums.reports++;
    sums.loss += subscription.fractionLost;
    sums.jitter += subscription.jitter;
  }
  return sums;
}

/** While packets flow the lane counts; else the subscription has what it counted. */
function addSent(subscription: Subscription, sums: { packets: number; octets: number }): void {
  const { routeGroup, subscriber } = subscription;
  const lane = subscriber.lane?.index;
  const isFlowing = routeGroup !== null && lane !== undefined;
  sums.packets += isFlowing ? routeGroup.packetsSent(lane) : subscription.packetsSent;
  sums.octets += isFlowing ? routeGroup.octetsSent(lane) : subscription.octetsSent;
}

function isFresh(time: number, now: number): boolean {
  return now - time < REPORT_LIFETIME;
}
