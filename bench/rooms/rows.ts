/** The rooms whose cost is measured, with all that is published forwarded and with the loudest only. */
import type { RoomShape } from '@kraken/load/participants';

/** Who publishes: a few, whom all others hear, or everybody. */
export type Kind = 'panel' | 'everybody';

export interface Row {
  readonly kind: Kind;
  readonly participants: number;
  readonly shape: RoomShape;
  /** Streams that are forwarded at a time; 0 for all. */
  readonly loudest: number;
  /** Whether participants receive in fixed slots in place of an m-line per publisher. */
  readonly inSlots: boolean;
}

/** Publishers of a panel. */
export const PANEL = 10;
/** How many speak at a time. */
export const SPEAKERS = 2;
/** As many seats as the one who begins needs while the others end. */
export const LOUDEST = 3;
export const SIZES = [100, 500, 1_000, 2_000];
/** Where all microphones are open, and the loudest forwarded: beyond, the generator does not carry what it sends. */
const OPEN_SIZES = [100, 500];
/** Where everybody is forwarded to everybody: beyond, neither the engine's core nor the generator's is enough. */
const MESH_SIZES = [30, 50, 70, 100];

export const ROWS: readonly Row[] = [
  ...SIZES.flatMap((size) => [panelOf(size, 0), panelOf(size, LOUDEST)]),
  ...MESH_SIZES.map((size) => everybody(size, 0)),
  ...OPEN_SIZES.map((size) => everybody(size, LOUDEST)),
];

export function nameOf({ kind, participants }: Row): string {
  return kind === 'panel'
    ? `${PANEL} publishers, ${participants - PANEL} listeners`
    : `${participants}, all with open microphones`;
}

function panelOf(participants: number, loudest: number): Row {
  const shape = { publishers: PANEL, listeners: participants - PANEL };
  return { kind: 'panel', participants, shape, loudest, inSlots: false };
}

function everybody(participants: number, loudest: number): Row {
  const shape = { publishers: participants, listeners: 0 };
  return { kind: 'everybody', participants, shape, loudest, inSlots: loudest > 0 };
}
