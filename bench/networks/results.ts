/** What the benchmark of bad networks writes down. */
import type { Machine } from '../machine.js';

/** What was heard in one room. Shares are 0 to 1. */
export interface RoomFigures {
  /** Share of the sound that the decoder made up for lack of packets, silence included. */
  readonly concealed: number;
  /** Share of it that the decoder made up, and where it gave up and played silence. */
  readonly concealedSilent: number;
  /** ms that sound waits in the jitter buffer, on average. */
  readonly jitterBufferDelay: number;
  /** Share of packets that never came, as the browser counts. */
  readonly lost: number;
  /** Packets, copies in RED among them, that came too late to be played or once more, per packet that it should have got. */
  readonly discarded: number;
  /** Negative acknowledgements that the listener sent, per packet that it should have got. */
  readonly asked: number;
  /** Packets for which copies in later ones stood in (RED, Opus' in-band FEC), per packet that it should have got. */
  readonly redundant: number;
  /** Retransmissions that the publisher sent, per packet that it sent. */
  readonly resentByPublisher: number;
}

export interface RoomResult {
  readonly network: string;
  readonly variant: string;
  readonly round: number;
  readonly seed: number;
  /** How busy the machine's cores were meanwhile, 0 to 1. */
  readonly machineLoad: number;
  readonly figures: RoomFigures;
}

/** A room that could not be measured. */
export interface RoomGap {
  readonly network: string;
  readonly variant: string;
  readonly round: number;
  readonly reason: string;
}

export interface NetworksResults {
  /** ISO 8601. */
  readonly at: string;
  readonly commit: string | null;
  readonly command: string;
  readonly browser: string;
  readonly machine: Machine;
  readonly minutes: number;
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly seed: number;
  /** Networks that were measured at once. */
  readonly atOnce: number;
  /** What makes networks bad: the relay, or the kernel's netem. */
  readonly impairment: 'relay' | 'netem';
  readonly rooms: readonly RoomResult[];
  readonly gaps: readonly RoomGap[];
}
