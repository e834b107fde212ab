/** What `/admin/api` answers, in schemas: each is held to the type of what is answered. */
import type { Permissions } from '@kraken/protocol';
import {
  array,
  choice,
  count,
  flag,
  type MemberSchemas,
  nullable,
  number,
  object,
  record,
  share,
  text,
} from '@kraken/protocol/description/schema';
import type { Census, LossCount, Overview, WorkerView } from './dashboard.js';
import type { HistoryAnswer } from './history.js';
import type { Percentiles } from './join-times.js';
import type { LinkQuality } from './link-quality.js';
import type {
  AttentionReason,
  AttentionRow,
  ParticipantView,
  RoomPage,
  RoomRow,
  RoomView,
} from './room-views.js';
import type { DropRate, Traffic } from './traffic.js';

const RATE = { minimum: 0 };

const link = (description: string) =>
  object<LinkQuality>(
    {
      loss: nullable(share('Share of packets.'), 'Null when it is not known.'),
      jitter: nullable(number('ms')),
      roundTrip: nullable(number('ms')),
    },
    description,
  );

const PARTICIPANT: MemberSchemas<ParticipantView> = {
  uid: text('The user.'),
  name: nullable(text('What its access token says that it is called.'), 'Null when nothing tells.'),
  cid: text('The connection.'),
  worker: count('The media worker that carries it.'),
  joinedAt: number('Milliseconds since 1970.'),
  connected: flag('ICE and DTLS are done.'),
  publishing: flag('Its media flows.'),
  muted: flag('By its own word.'),
  silenced: flag('By the operator.'),
  permissions: object<Permissions>({ publish: flag('It may be heard.'), subscribe: flag('It may hear.') }),
  speaking: flag('By the audio levels that it sends.'),
  bitsUp: nullable(number('Bits per second that it sends.', RATE)),
  bitsDown: nullable(number('Bits per second that it is sent.', RATE)),
  uplink: link('From the participant to the engine.'),
  downlink: link('From the engine to the participant.'),
};

const percentiles = (description: string) =>
  object<Percentiles>(
    {
      count: count('How many joins.'),
      p50: nullable(number('ms')),
      p95: nullable(number('ms')),
      p99: nullable(number('ms')),
    },
    description,
  );

export const OVERVIEW = object<Overview>({
  engine: object<Overview['engine']>({
    version: text("Kraken's."),
    state: choice(['serving', 'draining']),
    uptime: number('Seconds.', RATE),
  }),
  census: object<Census>({
    rooms: count('Rooms.'),
    participants: count('Participants.'),
    connected: count('Of those: ICE and DTLS are done.'),
    publishing: count('Of those: media flows.'),
    speaking: count('Of those: they speak.'),
    muted: count('Of those: by their own word.'),
    silenced: count('Of those: by the operator.'),
    sockets: count('Live sockets that are open.'),
  }),
  traffic: nullable(
    object<Traffic>({
      packetsIn: number('Per second.', RATE),
      packetsOut: number('Per second.', RATE),
      bitsIn: number('Per second.', RATE),
      bitsOut: number('Per second.', RATE),
      dropped: number('Packets per second.', RATE),
    }),
    'Of all workers; null before there is an interval.',
  ),
  drops: array(
    object<DropRate>({
      reason: text('As in the metric `kraken_dropped_packets_total`.'),
      perSecond: number('Packets.', RATE),
      total: count('Since the workers started.'),
    }),
  ),
  workers: array(
    object<WorkerView>({
      index: count('Counted from 0.'),
      isAvailable: flag('Whether it runs.'),
      busy: share('Of its time, of late.'),
      packetsPerSecond: number('Sent.', RATE),
      transports: count('Participants that it carries.'),
    }),
  ),
  process: object<Overview['process']>({
    cpu: share('Of all cores.'),
    cores: count('Cores.'),
    residentBytes: count('Memory.'),
  }),
  joins: object<Overview['joins']>({
    perSecond: number('Of late.', RATE),
    total: count('Since the start.'),
    failed: count('Since the start: given up before they were connected.'),
    untilConnected: percentiles('Of the last minute: until ICE and DTLS were done.'),
    untilMedia: percentiles('Of the last minute: until the first media came.'),
  }),
  loss: array(
    object<LossCount>({
      threshold: share('Of packets lost.'),
      uplink: count('Participants that lose more.'),
      downlink: count('Participants that lose more.'),
    }),
  ),
  attention: array(
    object<AttentionRow>({
      rid: text('The room.'),
      ...PARTICIPANT,
      reasons: array<AttentionReason>(
        choice(['uplink-loss', 'downlink-loss', 'uplink-jitter', 'downlink-jitter', 'round-trip']),
        'The worst first.',
      ),
    }),
    'Participants for whom anything is worse than it should be.',
  ),
});

export const HISTORY = object<HistoryAnswer>({
  age: number('How long ago the first point began, ms.'),
  step: number('From one point to the next, ms.'),
  series: record(
    array(nullable(number('Null where nothing is known.'))),
    'Values by name, all of one length.',
  ),
});

export const ROOM_PAGE = object<RoomPage>({
  total: count('How many rooms match.'),
  offset: count('How many of them come before these.'),
  rooms: array(
    object<RoomRow>({
      rid: text('The room.'),
      since: number('When the first of those who are there came, milliseconds since 1970.'),
      participants: count('Participants.'),
      publishing: count('Of those: media flows.'),
      speaking: count('Of those: they speak.'),
      bitsUp: number('Bits per second that they send.', RATE),
      bitsDown: number('Bits per second that they are sent.', RATE),
      worstLoss: nullable(share('Of the participant that loses most, either way.')),
      worstRoundTrip: nullable(number('Of the participant that is farthest away, ms.')),
      worstJitter: nullable(number('Of the participant whose packets come most unevenly, ms.')),
    }),
  ),
});

export const ROOM = object<RoomView>({
  rid: text('The room.'),
  participants: array(object<ParticipantView>(PARTICIPANT)),
});
