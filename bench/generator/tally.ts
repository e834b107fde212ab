/** Sums over all participants, and what is wrong with them. */
import type { Participant } from './participant.js';
import type { Reception } from './reception.js';

export interface Counts {
  readonly sent: number;
  readonly received: number;
  readonly octets: number;
  readonly rtcp: number;
  readonly duplicates: number;
  readonly verified: number;
}

export interface Losses {
  readonly expected: number;
  readonly arrived: number;
  /** Greatest share that one subscriber lost, 0 to 1. */
  readonly worstLoss: number;
}

export function takeCounts(participants: readonly Participant[]): Counts {
  let [sent, received, octets, rtcp, duplicates, verified] = [0, 0, 0, 0, 0, 0];
  for (const { sender, receiver } of participants) {
    sent += sender?.counter ?? 0;
    received += receiver?.packets ?? 0;
    octets += receiver?.octets ?? 0;
    rtcp += receiver?.rtcpPackets ?? 0;
    verified += receiver?.verifier.verified ?? 0;
    for (const reception of receptionsOf([{ receiver }])) duplicates += reception.duplicates;
  }
  return { sent, received, octets, rtcp, duplicates, verified };
}

/**
 * From here on each subscriber counts the next `length` packets of each publisher.
 * @returns the counter at which each publisher's window ends
 */
export function openWindows(participants: readonly Participant[], length: number): Map<Participant, number> {
  const ends = new Map<Participant, number>();
  const startByIndex = new Map<number, number>();
  for (const participant of participants) {
    if (!participant.options.isPublisher || participant.sender === null) continue;
    startByIndex.set(participant.options.index, participant.sender.counter);
    ends.set(participant, participant.sender.counter + length);
  }
  for (const reception of receptionsOf(participants)) {
    const start = startByIndex.get(reception.publisher);
    if (start !== undefined) reception.openWindow(start, start + length);
  }
  return ends;
}

/** @param length of the windows, in packets */
export function countLosses(participants: readonly Participant[], length: number): Losses {
  const losses = { expected: 0, arrived: 0, worstLoss: 0 };
  for (const participant of participants) {
    const heard = receptionsOf([participant]).filter((reception) => reception.publisher >= 0);
    const expected = heard.length * length;
    const arrived = heard.reduce((sum, reception) => sum + reception.receivedInWindow, 0);
    losses.expected += expected;
    losses.arrived += arrived;
    if (expected > 0) losses.worstLoss = Math.max(losses.worstLoss, 1 - arrived / expected);
  }
  return losses;
}

/** @returns all that makes a run worthless, in words */
export function findFaults(participants: readonly Participant[]): string[] {
  const faults: string[] = [];
  for (const participant of participants) {
    const { uid } = participant.options;
    if (participant.state !== 'connected') {
      faults.push(`${uid} is ${participant.state}: ${participant.fault ?? 'not by its own doing'}`);
    }
    if (participant.sendFailures > 0)
      faults.push(`${uid} could not send ${participant.sendFailures} datagrams`);
    const verifier = participant.receiver?.verifier;
    if (verifier !== undefined && verifier.failed > 0) {
      faults.push(`${uid} verified ${verifier.failed} packets wrong`, ...verifier.failures);
    }
    for (const reception of receptionsOf([participant])) {
      if (reception.publisher < 0)
        faults.push(`${uid} hears ssrc ${reception.ssrc}, which no offer has named`);
      if (reception.received === 0) faults.push(`${uid} hears nothing of publisher ${reception.publisher}`);
    }
  }
  return faults;
}

function receptionsOf(participants: readonly Pick<Participant, 'receiver'>[]): Reception[] {
  return participants.flatMap(({ receiver }) => (receiver === null ? [] : [...receiver.receptions.values()]));
}
