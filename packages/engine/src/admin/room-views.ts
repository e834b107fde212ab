/** Rooms and participants as the dashboard shows them. */
import type { OperatedParticipant, OperatedRoom } from '../room/operator.js';
import type { ParticipantQuality } from './link-quality.js';

/** Finds how well a participant's media travels. */
export type QualityOf = (participant: OperatedParticipant) => ParticipantQuality;

export interface ParticipantView extends Omit<OperatedParticipant, 'transportId'>, ParticipantQuality {}

export interface RoomView {
  readonly rid: string;
  readonly participants: readonly ParticipantView[];
}

/** A room's row in the list. */
export interface RoomRow {
  readonly rid: string;
  /** When the first of those who are there came, ms since 1970. */
  readonly since: number;
  readonly participants: number;
  readonly publishing: number;
  readonly speaking: number;
  /** Bits per second that its participants send. */
  readonly bitsUp: number;
  /** Bits per second that they are sent. */
  readonly bitsDown: number;
  /** Of the participant that loses most, either way; 0 to 1, or null. */
  readonly worstLoss: number | null;
  /** Of the participant that is farthest away, ms, or null. */
  readonly worstRoundTrip: number | null;
  /** Of the participant whose packets come most unevenly, either way, ms, or null. */
  readonly worstJitter: number | null;
}

export const ROOM_ORDERS = [
  'name',
  'since',
  'participants',
  'speaking',
  'traffic',
  'loss',
  'jitter',
  'roundTrip',
] as const;
export type RoomOrder = (typeof ROOM_ORDERS)[number];

export interface RoomQuery {
  /** Part of a room's id, or of a participant's id or name, as written or decoded; empty for all. */
  readonly search: string;
  readonly sort: RoomOrder;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface RoomPage {
  /** How many rooms match. */
  readonly total: number;
  readonly offset: number;
  readonly rooms: readonly RoomRow[];
}

/** What the operator is told first of all. */
export interface AttentionRow extends ParticipantView {
  readonly rid: string;
  /** What is worse than it should be, the worst first. */
  readonly reasons: readonly AttentionReason[];
}

export type AttentionReason =
  | 'uplink-loss'
  | 'downlink-loss'
  | 'uplink-jitter'
  | 'downlink-jitter'
  | 'round-trip';

/** Packets lost that are heard: Opus conceals single ones. 0 to 1. */
export const ATTENTION_LOSS = 0.02;
/** Where players' buffers begin to grow, ms. */
export const ATTENTION_JITTER = 30;
/** Where people begin to talk into each other's words, ms. */
export const ATTENTION_ROUND_TRIP = 300;
const NAMED_UID = /:([A-Za-z0-9+/]+={0,2})$/;
/** How many participants are listed at most. */
export const MAX_ATTENTION = 20;

export function describeParticipant(participant: OperatedParticipant, qualityOf: QualityOf): ParticipantView {
  const { transportId: _, ...shown } = participant;
  return { ...shown, ...qualityOf(participant) };
}

export function describeRoom({ rid, participants }: OperatedRoom, qualityOf: QualityOf): RoomView {
  return {
    rid,
    participants: participants.map((participant) => describeParticipant(participant, qualityOf)),
  };
}

/** @returns the part of the list that is asked for; rooms that are equal in what is sorted by follow by name */
export function listRooms(rooms: readonly OperatedRoom[], qualityOf: QualityOf, query: RoomQuery): RoomPage {
  const { search, sort, descending, offset, limit } = query;
  const sign = descending ? -1 : 1;
  const matching = rooms
    .filter((room) => search === '' || matches(room, search.toLowerCase()))
    .map((room) => summarize(describeRoom(room, qualityOf)))
    .sort((one, other) => sign * compare(one, other, sort) || compareText(one.rid, other.rid));
  return { total: matching.length, offset, rooms: matching.slice(offset, offset + limit) };
}

/** @returns participants with something worse than it should be, the worst first */
export function needAttention(rooms: readonly OperatedRoom[], qualityOf: QualityOf): readonly AttentionRow[] {
  const found: { readonly severity: number; readonly row: AttentionRow }[] = [];
  for (const { rid, participants } of rooms) {
    for (const participant of participants) {
      const complaints = complaintsOf(qualityOf(participant));
      const [worst] = complaints;
      if (worst === undefined) continue;
      const reasons = complaints.map(({ reason }) => reason);
      const row = { rid, ...describeParticipant(participant, qualityOf), reasons };
      found.push({ severity: worst.severity, row });
    }
  }
  return found
    .sort((one, other) => other.severity - one.severity)
    .slice(0, MAX_ATTENTION)
    .map(({ row }) => row);
}

/** @returns the worst of both directions, or null when nothing is known */
export function worstLossOf({ uplink, downlink }: ParticipantQuality): number | null {
  return greatest([uplink.loss, downlink.loss]);
}

/** Severity 1 is where attention begins. */
function complaintsOf({ uplink, downlink }: ParticipantQuality) {
  const roundTrip = greatest([uplink.roundTrip, downlink.roundTrip]);
  const severities: readonly [AttentionReason, number][] = [
    ['uplink-loss', (uplink.loss ?? 0) / ATTENTION_LOSS],
    ['downlink-loss', (downlink.loss ?? 0) / ATTENTION_LOSS],
    ['uplink-jitter', (uplink.jitter ?? 0) / ATTENTION_JITTER],
    ['downlink-jitter', (downlink.jitter ?? 0) / ATTENTION_JITTER],
    ['round-trip', (roundTrip ?? 0) / ATTENTION_ROUND_TRIP],
  ];
  return severities
    .filter(([, severity]) => severity >= 1)
    .map(([reason, severity]) => ({ reason, severity }))
    .sort((one, other) => other.severity - one.severity);
}

function summarize({ rid, participants }: RoomView): RoomRow {
  const count = (is: (participant: ParticipantView) => boolean) => participants.filter(is).length;
  const sum = (of: (participant: ParticipantView) => number | null) =>
    participants.reduce((total, participant) => total + (of(participant) ?? 0), 0);
  const links = participants.flatMap(({ uplink, downlink }) => [uplink, downlink]);
  return {
    rid,
    since: participants.reduce((since, { joinedAt }) => Math.min(since, joinedAt), Number.POSITIVE_INFINITY),
    participants: participants.length,
    publishing: count(({ publishing }) => publishing),
    speaking: count(({ speaking }) => speaking),
    bitsUp: sum(({ bitsUp }) => bitsUp),
    bitsDown: sum(({ bitsDown }) => bitsDown),
    worstLoss: greatest(links.map(({ loss }) => loss)),
    worstRoundTrip: greatest(links.map(({ roundTrip }) => roundTrip)),
    worstJitter: greatest(links.map(({ jitter }) => jitter)),
  };
}

function greatest(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (worst, value) => (value === null || (worst !== null && worst >= value) ? worst : value),
    null,
  );
}

function matches({ rid, participants }: OperatedRoom, search: string): boolean {
  return (
    contains(rid, search) ||
    participants.some(
      ({ uid, name }) => contains(uid, search) || (name ?? nameIn(uid)).toLowerCase().includes(search),
    )
  );
}

/** @returns the name that the web page and the SDK put into a uid, `<id>:<base64 of the name>`; empty for others' */
function nameIn(uid: string): string {
  return Buffer.from(NAMED_UID.exec(decoded(uid))?.[1] ?? '', 'base64').toString();
}

/** Ids are URL-encoded, which is not how people know them. */
function contains(id: string, search: string): boolean {
  return id.toLowerCase().includes(search) || decoded(id).toLowerCase().includes(search);
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id.replaceAll('+', ' '));
  } catch {
    return id;
  }
}

function compare(one: RoomRow, other: RoomRow, order: RoomOrder): number {
  if (order === 'name') return compareText(one.rid, other.rid);
  return keyOf(one, order) - keyOf(other, order);
}

/** What is not known comes before all that is. */
function keyOf(row: RoomRow, order: Exclude<RoomOrder, 'name'>): number {
  switch (order) {
    case 'since':
      return row.since;
    case 'participants':
      return row.participants;
    case 'speaking':
      return row.speaking;
    case 'traffic':
      return row.bitsUp + row.bitsDown;
    case 'loss':
      return row.worstLoss ?? -1;
    case 'jitter':
      return row.worstJitter ?? -1;
    case 'roundTrip':
      return row.worstRoundTrip ?? -1;
  }
}

/** By code units: the same on every machine. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
