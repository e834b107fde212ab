import type { ParticipantStatistics, WorkerParticipants } from '../contract/statistics.js';
import { describeParticipant } from './participant-statistics.js';
import type { Transport } from './transport.js';

/** Milliseconds of looking in one turn, but for the participant that is looked at then. */
export const SURVEY_BUDGET = 0.3;

/** A question after all participants that is not yet answered. */
interface Survey {
  readonly requestId: number;
  /** When it was asked, ms. */
  readonly askedAt: number;
  /** Those who were there. */
  readonly transports: readonly Transport[];
  next: number;
  readonly described: ParticipantStatistics[];
}

/**
 * Answers questions after all participants behind media, a few participants each turn: everybody who hears everybody is
 * many streams to look at, which would hold up a large worker's media for longer than a packet's interval.
 */
export class ParticipantSurveys {
  readonly #transports: ReadonlyMap<number, Transport>;
  readonly #post: (answer: WorkerParticipants) => void;
  readonly #waiting: Survey[] = [];

  /** @param transports that there are at any time */
  constructor(transports: ReadonlyMap<number, Transport>, post: (answer: WorkerParticipants) => void) {
    this.#transports = transports;
    this.#post = post;
  }

  get isUnderWay(): boolean {
    return this.#waiting.length > 0;
  }

  /** @param now ms */
  begin(requestId: number, now: number): void {
    const transports = [...this.#transports.values()];
    this.#waiting.push({ requestId, askedAt: now, transports, next: 0, described: [] });
  }

  /**
   * Goes on until the budget is spent; by one participant at least, however busy the worker is.
   * @param clock ms
   */
  proceed(clock: () => number): void {
    const [survey] = this.#waiting;
    if (survey === undefined) return;
    const until = clock() + SURVEY_BUDGET;
    do {
      const transport = survey.transports[survey.next++];
      if (transport === undefined) {
        this.#waiting.shift();
        this.#post({
          type: 'participants',
          requestId: survey.requestId,
          participants: survey.described,
        });
        return;
      }
      // One who has left meanwhile is told of no longer.
      if (this.#transports.has(transport.id)) {
        survey.described.push(describeParticipant(transport, survey.askedAt));
      }
    } while (clock() < until);
  }
}
