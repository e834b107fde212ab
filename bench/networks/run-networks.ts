/** Measures all variants over all networks, in rounds. */
import { BAD_NETWORKS, type BadNetwork } from './conditions.js';
import { MachineLoad } from './machine-load.js';
import { measureRoom } from './measure-room.js';
import type { NetworksBenchOptions } from './options.js';
import type { RoomGap, RoomResult } from './results.js';
import type { Stage } from './stage.js';
import type { Variant } from './variants.js';

const MS_PER_SECOND = 1000;
/** Apart from each other, so that no two rooms' participants share a seed. */
const SEEDS_PER_NETWORK = 100;
const SEEDS_PER_ROUND = SEEDS_PER_NETWORK * BAD_NETWORKS.length;

export interface Measured {
  readonly rooms: readonly RoomResult[];
  readonly gaps: readonly RoomGap[];
}

/**
 * Variants of one network are measured at the same time and with the same seed, so that the machine and chance treat them
 * alike; with netem, which knows no rooms, one after the other.
 * @param tell takes a line for the terminal
 */
export async function runNetworks(
  stage: Stage,
  options: NetworksBenchOptions,
  tell: (line: string) => void,
): Promise<Measured> {
  const rooms: RoomResult[] = [];
  const gaps: RoomGap[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const places of placesOf(options)) {
      const load = new MachineLoad();
      const outcomes = await Promise.all(places.map((place) => tryRoom(stage, options, round, place)));
      const machineLoad = load.share();
      for (const outcome of outcomes) {
        if ('reason' in outcome) gaps.push(outcome);
        else rooms.push({ ...outcome, machineLoad });
        tell(lineOf(outcome));
      }
    }
  }
  return { rooms, gaps };
}

interface Place {
  readonly network: BadNetwork;
  readonly variant: Variant;
}

/** @returns what is measured together, one group after the other */
function placesOf({ networks, variants, atOnce, netem }: NetworksBenchOptions): Place[][] {
  const places = networks.map((network) => variants.map((variant) => ({ network, variant })));
  if (netem) return places.flat().map((place) => [place]);
  return Array.from({ length: Math.ceil(places.length / atOnce) }, (_, group) =>
    places.slice(group * atOnce, (group + 1) * atOnce).flat(),
  );
}

async function tryRoom(
  stage: Stage,
  { seed: firstSeed, warmUpSeconds, seconds }: NetworksBenchOptions,
  round: number,
  { network, variant }: Place,
): Promise<Omit<RoomResult, 'machineLoad'> | RoomGap> {
  const seed = firstSeed + round * SEEDS_PER_ROUND + BAD_NETWORKS.indexOf(network) * SEEDS_PER_NETWORK;
  const place = { network: network.name, variant: variant.name, round };
  try {
    const warmUp = warmUpSeconds * MS_PER_SECOND;
    const duration = seconds * MS_PER_SECOND;
    const figures = await measureRoom(stage, { network, variant, seed, warmUp, duration });
    return { ...place, seed, figures };
  } catch (error) {
    return { ...place, reason: error instanceof Error ? error.message : String(error) };
  }
}

function lineOf(outcome: Omit<RoomResult, 'machineLoad'> | RoomGap): string {
  const what = `${outcome.round}  ${outcome.network.padEnd(26)}${outcome.variant.padEnd(30)}`;
  if ('reason' in outcome) return `${what}not measured: ${outcome.reason}`;
  const { concealed, jitterBufferDelay, lost, asked, resentByPublisher, redundant } = outcome.figures;
  const share = (value: number) => `${(100 * value).toFixed(2)}%`.padStart(7);
  return (
    `${what}concealed ${share(concealed)}, ${jitterBufferDelay.toFixed(0).padStart(4)} ms, lost ${share(lost)}, ` +
    `asked ${share(asked)}, resent to the engine ${share(resentByPublisher)}, copies ${share(redundant)}`
  );
}
