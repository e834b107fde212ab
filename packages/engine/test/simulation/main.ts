/** `npm run simulate -- --seed N --hours H --workers W`. */
import { parseArgs } from 'node:util';
import { simulate } from './simulation.js';

const USAGE = 'usage: npm run simulate -- [--seed N] [--hours H] [--workers W]';

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: 'string' }, hours: { type: 'string' }, workers: { type: 'string' } },
  });
  const seed = Number(values.seed ?? '1');
  const hours = Number(values.hours ?? '24');
  const workers = Number(values.workers ?? '2');
  if (!Number.isInteger(seed) || !(hours > 0) || !Number.isInteger(workers) || workers < 1) {
    console.error(USAGE);
    return 2;
  }
  const before = process.cpuUsage();
  const result = await simulate({ seed, hours, workers });
  const { user, system } = process.cpuUsage(before);
  const minutes = (user + system) / 60e6;
  const engineHours = result.seconds / 3_600;
  console.log(
    `seed ${seed}, ${workers} workers: ${engineHours.toFixed(1)} engine hours, ${result.participantHours.toFixed(1)} ` +
      `participant hours, ${result.sessions} connections, ${result.packetsHeard} packets heard, ${result.hearingsSeen} hearings seen`,
  );
  console.log(
    `${(engineHours / minutes).toFixed(0)} engine hours and ${(result.participantHours / minutes).toFixed(0)} ` +
      `participant hours per minute of CPU; digest ${result.digest}`,
  );
  if (result.failure === null) return 0;
  console.error(result.failure);
  return 1;
}
