import { randomInt } from 'node:crypto';

/** First sequence numbers stay below: see lane-start.ts. */
const FIRST_SEQUENCE_NUMBER_LIMIT = 0x8000;

/**
 * The stream in which one subscriber gets packets again (RFC 4588, SSRC-multiplexing): an SSRC with sequence numbers of its
 * own. It goes on with the subscription that uses it, should that be closed and come again: numbers that began anew would use a
 * keystream twice (RFC 3711 section 9.1).
 */
export class RetransmissionStream {
  readonly ssrc: number;
  /** The sequence number that was sent last, and its rollover counter. */
  sequenceNumber = randomInt(FIRST_SEQUENCE_NUMBER_LIMIT);
  rolloverCounter = 0;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }
}
