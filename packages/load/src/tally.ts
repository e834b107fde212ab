/** Sums over all participants, and what is wrong with them. */
import type { Participant } from './participant.js';
import { NOBODY, type Reception } from './reception.js';

export interface Counts {
  readonly sent: number;
  readonly received: number;
  readonly octets: number;
  readonly rtcp: number;
  readonly duplicates: number;
  readonly verified: number;
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
      if (reception.publisher === NOBODY)
        faults.push(`${uid} hears ssrc ${reception.ssrc}, which no offer has named`);
      if (reception.received === 0 && !participant.options.isSelective)
        faults.push(`${uid} hears nothing of publisher ${reception.publisher}`);
    }
  }
  return faults;
}

function receptionsOf(participants: readonly Pick<Participant, 'receiver'>[]): Reception[] {
  return participants.flatMap(({ receiver }) => (receiver === null ? [] : [...receiver.receptions.values()]));
}
