/** Two people in a call. */
import { onTestFinished, vi } from 'vitest';
import type { EngineClient } from '../../../engine/test/contract/engine-client.js';
import { WrtcParticipant } from '../../../engine/test/contract/wrtc-participant.js';

/** How long they may take to hear each other, in milliseconds. */
const TIMEOUT = 20_000;

export class TwoInACall {
  readonly participants: readonly WrtcParticipant[];

  private constructor(participants: readonly WrtcParticipant[]) {
    this.participants = participants;
  }

  /** @returns two who hear each other */
  static async start(engine: EngineClient, rid = 'room'): Promise<TwoInACall> {
    const participants = ['alice', 'bob'].map((uid) => new WrtcParticipant(engine, rid, uid));
    onTestFinished(() => {
      for (const participant of participants) participant.close();
    });
    for (const participant of participants) await participant.speak();
    const call = new TwoInACall(participants);
    await call.untilBothHear(true);
    return call;
  }

  /** @param polls whether they ask the engine what is new */
  async untilBothHear(polls = false): Promise<void> {
    await vi.waitFor(
      async () => {
        for (const participant of this.participants) {
          if (polls) await participant.poll();
          if (participant.hears().length !== 1) throw new Error(`${participant.uid} hears nobody`);
        }
      },
      { timeout: TIMEOUT, interval: 50 },
    );
  }

  /** Packets that both have received. */
  async received(): Promise<number> {
    const receptions = await Promise.all(this.participants.map((one) => one.reception()));
    return receptions.reduce((sum, { received }) => sum + received, 0);
  }
}
