/** The keys of `[limits]` that engine and monitor have in common. */
import type { z } from 'zod';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from '../gate/limits.js';
import { integer, yesOrNo } from './fields.js';

/** More than any machine serves. */
const MAX_COUNT = 1_000_000;
/** Shorter bodies hold no description of a room. */
const MIN_BODY = 64 * 1024;
const MAX_BODY = 64 * 1024 * 1024;
const MAX_UNFINISHED = 64 * 1024 * 1024 * 1024;
/** Shorter headers are not all that browsers send. */
const MIN_HEADERS = 4 * 1024;
const MAX_HEADERS = 256 * 1024;
/** s */
const MAX_TIME = 300;
const MS_PER_SECOND = 1000;

/** @param defaults the daemon's, where they are others than DEFAULT_HTTP_LIMITS */
export function limitFields(defaults: Partial<HttpLimits> = {}) {
  const known = { ...DEFAULT_HTTP_LIMITS, ...defaults };
  const count = (value: number) => integer(1, MAX_COUNT).default(value);
  const rate = (value: number) => integer(0, MAX_COUNT).default(value);
  const seconds = (milliseconds: number) => integer(1, MAX_TIME).default(milliseconds / MS_PER_SECOND);
  return {
    body: integer(MIN_BODY, MAX_BODY).default(known.body),
    'unfinished-bodies': integer(MIN_BODY, MAX_UNFINISHED).default(known.unfinishedBodies),
    headers: integer(MIN_HEADERS, MAX_HEADERS).default(known.headers),
    'header-time': seconds(known.headerTime),
    'request-time': seconds(known.requestTime),
    connections: count(known.connections),
    'connections-per-address': count(known.connectionsPerAddress),
    'calls-per-second': rate(known.addressCalls.perSecond),
    'calls-burst': count(known.addressCalls.burst),
    'token-calls-per-second': rate(known.tokenCalls.perSecond),
    'token-calls-burst': count(known.tokenCalls.burst),
    sockets: count(known.sockets),
    'sockets-per-address': count(known.socketsPerAddress),
    loopback: yesOrNo.default(known.loopback),
  };
}

type LimitFields = ReturnType<typeof limitFields>;

/** @returns section `[limits]` of a file in our own terms */
export function httpLimitsOf(limits: z.infer<z.ZodObject<LimitFields>>): HttpLimits {
  return {
    body: limits.body,
    // With less a body of the greatest length could never come.
    unfinishedBodies: Math.max(limits['unfinished-bodies'], 2 * limits.body),
    headers: limits.headers,
    // Node takes no longer time for a part of the request than for all of it.
    headerTime: Math.min(limits['header-time'], limits['request-time']) * MS_PER_SECOND,
    requestTime: limits['request-time'] * MS_PER_SECOND,
    connections: limits.connections,
    connectionsPerAddress: limits['connections-per-address'],
    addressCalls: { perSecond: limits['calls-per-second'], burst: limits['calls-burst'] },
    tokenCalls: { perSecond: limits['token-calls-per-second'], burst: limits['token-calls-burst'] },
    sockets: limits.sockets,
    socketsPerAddress: limits['sockets-per-address'],
    loopback: limits.loopback,
  };
}
