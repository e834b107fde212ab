/** What strangers may make a daemon spend on HTTP; `[limits]` of its configuration. */

/** So many calls per second, and a few more at once: a token bucket. */
export interface CallRate {
  /** In the long run; 0 for as many as come. */
  readonly perSecond: number;
  /** At once, after a time in which there were few. */
  readonly burst: number;
}

export interface HttpLimits {
  /** Longest body of a request, and longest message of a live socket, octets. */
  readonly body: number;
  /** What is held of all bodies and messages that are not whole yet, octets: two of the longest at least. */
  readonly unfinishedBodies: number;
  /** Longest header section of a request, octets. */
  readonly headers: number;
  /** How long a client may take to send its headers, ms. */
  readonly headerTime: number;
  /** How long a client may take to send a whole request, ms. */
  readonly requestTime: number;
  /** Connections that are open at the same time, those of live sockets included. */
  readonly connections: number;
  /** Those of one address that are no live sockets. */
  readonly connectionsPerAddress: number;
  /** Calls of one address. */
  readonly addressCalls: CallRate;
  /** Calls of one token's subject. */
  readonly tokenCalls: CallRate;
  /** Live sockets that are open at the same time. */
  readonly sockets: number;
  /** Those of one address. */
  readonly socketsPerAddress: number;
  /** Whether what is limited for each address is limited for programs on this machine, too. */
  readonly loopback: boolean;
}

/** A description of a room of some thousand participants. */
export const BODY_LIMIT = 2 * 1024 * 1024;
/** As many of the longest as 64, or ten thousands of calls as they usually are. */
export const UNFINISHED_LIMIT = 64 * BODY_LIMIT;
export const HEADER_LIMIT = 16 * 1024;
/** ms */
export const HEADERS_TIMEOUT = 5_000;
/** ms */
export const REQUEST_TIMEOUT = 10_000;

/**
 * Of an engine. People behind one address, as those of an office are, make a call every three seconds each and some ten when
 * they join.
 */
export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  body: BODY_LIMIT,
  unfinishedBodies: UNFINISHED_LIMIT,
  headers: HEADER_LIMIT,
  headerTime: HEADERS_TIMEOUT,
  requestTime: REQUEST_TIMEOUT,
  connections: 60_000,
  connectionsPerAddress: 1_000,
  addressCalls: { perSecond: 200, burst: 2_000 },
  tokenCalls: { perSecond: 20, burst: 200 },
  sockets: 50_000,
  socketsPerAddress: 1_000,
  loopback: false,
};
