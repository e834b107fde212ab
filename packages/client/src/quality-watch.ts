import type { StreamStatistics } from './api.js';
import type { Member } from './member.js';
import { type Impairment, QualityMeter } from './quality.js';
import type { Roster } from './roster.js';
import type { Session } from './session.js';
import { Statistician } from './statistics.js';

const INTERVAL_MILLISECONDS = 2_000;

/** Grades the connection of everybody every two seconds. */
export class QualityWatch {
  readonly #roster: Roster;
  readonly #onQuality: (member: Member) => void;
  readonly #statistician = new Statistician();
  readonly #meters = new WeakMap<Member, QualityMeter>();
  readonly #timer: ReturnType<typeof setInterval>;

  /** @param session the one that lasts, or null */
  constructor(roster: Roster, session: () => Session | null, onQuality: (member: Member) => void) {
    this.#roster = roster;
    this.#onQuality = onQuality;
    this.#timer = setInterval(() => this.#look(session()), INTERVAL_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(session: Session | null): Promise<void> {
    if (session?.isConnected !== true) {
      this.#grade(this.#roster.me, null, null);
      for (const member of this.#roster.others.values()) this.#grade(member, null, null);
      return;
    }
    const { sent, received, roundTripTime } = await this.#statistician.look(session);
    this.#grade(this.#roster.me, sent, roundTripTime);
    for (const member of this.#roster.others.values())
      this.#grade(member, received.get(member.uid) ?? null, roundTripTime);
  }

  #grade(member: Member, statistics: StreamStatistics | null, roundTripTime: number | null): void {
    const meter = this.#meters.get(member) ?? new QualityMeter();
    this.#meters.set(member, meter);
    const quality = meter.take(impairmentOf(statistics, roundTripTime));
    if (member.quality === quality) return;
    member.quality = quality;
    this.#onQuality(member);
  }
}

/** Who only listens has a connection as well, of which the delay is known. */
function impairmentOf(statistics: StreamStatistics | null, roundTripTime: number | null): Impairment | null {
  if (statistics === null) return null;
  return {
    loss: Math.max(statistics.loss, statistics.concealed ?? 0),
    jitter: statistics.jitter,
    roundTripTime: roundTripTime ?? 0,
  };
}
