/** `npm run simulate -- --seed N --hours H --workers W --storm`. */
import { parseArgs } from 'node:util';
import { CALLS, STORM } from './density.js';
import { type SimulationResult, simulate } from './simulation.js';

const USAGE = 'usage: npm run simulate -- [--seed N] [--hours H] [--workers W] [--storm]';

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      hours: { type: 'string', default: '240' },
      workers: { type: 'string', default: '2' },
      storm: { type: 'boolean', default: false },
    },
  });
  const [seed, hours, workers] = [Number(values.seed), Number(values.hours), Number(values.workers)];
  if (!Number.isInteger(seed) || !(hours > 0) || !Number.isInteger(workers) || workers < 1) {
    console.error(USAGE);
    return 2;
  }
  const before = process.cpuUsage();
  const result = await simulate({ seed, hours, workers, density: values.storm ? STORM : CALLS });
  const { user, system } = process.cpuUsage(before);
  console.log(`seed ${seed}, ${workers} workers: ${summaryOf(result)}`);
  console.log(`per minute of CPU: ${rateOf(result, (user + system) / 60e6)}`);
  console.log(result.counts.map(([what, count]) => `${count} ${what}`).join(', '));
  if (result.failure === null) return 0;
  console.error(result.failure);
  return 1;
}

function summaryOf(result: SimulationResult): string {
  return [
    `${(result.seconds / 3_600).toFixed(1)} engine hours`,
    `${result.participantHours.toFixed(1)} participant hours`,
    `${result.events} events`,
    `${result.sessions} connections`,
    `${result.packetsHeard} packets heard`,
    `${result.hearingsSeen} hearings seen`,
    `digest ${result.digest}`,
  ].join(', ');
}

/** @param minutes of CPU */
function rateOf({ seconds, participantHours, events }: SimulationResult, minutes: number): string {
  const engineHours = (seconds / 3_600 / minutes).toFixed(0);
  return `${engineHours} engine hours, ${(participantHours / minutes).toFixed(0)} participant hours, ${(events / minutes).toFixed(0)} events`;
}
