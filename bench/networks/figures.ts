/** Figures out of what was measured: by network and variant, over the rounds. */
import { type RoundValue, ratioSpread, type Spread, spreadOf } from '../report/statistics.js';
import { TARGET_LOSS } from './conditions.js';
import type { NetworksResults, RoomFigures, RoomResult } from './results.js';
import { FORWARDING, RECOVERY } from './variants.js';

/** Above these a figure says more of the machine than of the network. */
const MOST_LOAD = 0.85;
const MOST_CONCEALED_WITHOUT_LOSS = 0.01;

export type FigureName = keyof RoomFigures;

/** @returns null where nothing was measured */
export function figureOf(
  { rooms }: NetworksResults,
  network: string,
  variant: string,
  figure: FigureName,
): Spread | null {
  return spreadOf(valuesOf(rooms, network, variant, figure).map(({ value }) => value));
}

/** @returns how many times less is concealed with recovery, within each round; null where that is unknown */
export function timesLess(
  { rooms }: NetworksResults,
  network: string,
  variant = RECOVERY.name,
): Spread | null {
  const without = valuesOf(rooms, network, FORWARDING.name, 'concealed');
  return ratioSpread(without, valuesOf(rooms, network, variant, 'concealed'));
}

export function targetNetwork(): string {
  return `${100 * TARGET_LOSS}% loss`;
}

/** @returns what to doubt, in sentences */
export function doubtsOf({ rooms }: NetworksResults): string[] {
  const place = ({ network, variant, round }: RoomResult) => `round ${round}, ${network}, ${variant}`;
  return [
    ...rooms
      .filter(({ machineLoad }) => machineLoad > MOST_LOAD)
      .map(
        (room) =>
          `${place(room)}: the machine was busy for ${Math.round(100 * room.machineLoad)}% of the time`,
      ),
    ...rooms
      .filter(
        ({ network, figures }) => network === 'no loss' && figures.concealed > MOST_CONCEALED_WITHOUT_LOSS,
      )
      .map(
        (room) =>
          `${place(room)}: ${(100 * room.figures.concealed).toFixed(1)}% concealed though nothing was lost`,
      ),
  ];
}

function valuesOf(
  rooms: readonly RoomResult[],
  network: string,
  variant: string,
  figure: FigureName,
): RoundValue[] {
  return rooms
    .filter((room) => room.network === network && room.variant === variant)
    .map(({ round, figures }) => ({ round, value: figures[figure] }));
}
