import type { StreamStatistics } from './api.js';
import type { Member } from './member.js';
import { type Impairment, QualityMeter } from './quality.js';
import type { Roster } from './roster.js';
import type { Session } from './session.js';
import { type ConnectionStatistics, Statistician } from './statistics.js';

const INTERVAL_MILLISECONDS = 2_000;

/** Grades the connection of everybody every two seconds. */
export class QualityWatch {
  readonly #roster: Roster;
  readonly #onQuality: (member: Member) => void;
  readonly #statistician = new Statistician();
  readonly #meters = new WeakMap<Member, QualityMeter>();
  readonly #timer: ReturnType<typeof setInterval>;
  #latest: { readonly session: Session; readonly statistics: ConnectionStatistics } | null = null;

  /** @param session the one that lasts, or null */
  constructor(roster: Roster, session: () => Session | null, onQuality: (member: Member) => void) {
    this.#roster = roster;
    this.#onQuality = onQuality;
    // A connection that closes meanwhile has no statistics.
    this.#timer = setInterval(() => this.#look(session()).catch(() => {}), INTERVAL_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @returns what was measured last, or now if that is the first time */
  async statistics(session: Session): Promise<ConnectionStatistics> {
    if (this.#latest?.session === session) return this.#latest.statistics;
    return this.#statistician.look(session);
  }

  async #look(session: Session | null): Promise<void> {
    if (session?.isConnected !== true) {
      this.#latest = null;
      this.#grade(this.#roster.me, null, null);
      for (const member of this.#roster.others.values()) this.#grade(member, null, null);
      return;
    }
    const statistics = await this.#statistician.look(session);
    this.#latest = { session, statistics };
    const { sent, received, roundTripTime } = statistics;
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
