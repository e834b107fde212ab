/** `npm run fuzz`: see README.md beside this file. */
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleFuzzer } from './coverage/bundle.js';
import { fuzz, type TargetResult } from './session.js';
import { isTargetName, TARGET_NAMES } from './targets/names.js';

const DEFAULT_SECONDS = 60;
const USAGE = `npm run fuzz -- [--time SECONDS] [--target NAME]... [--jobs N] [--seed N] [--dry]
  --time    for all targets together; ${DEFAULT_SECONDS} when left out
  --target  one of those below, all when left out
  --jobs    targets at a time; one less than there are processors when left out
  --seed    repeats a session: a number below 2^32
  --dry     writes nothing down
targets: ${TARGET_NAMES.join(', ')}`;

/**
 * @param root the repository
 * @returns the exit code: 1 when anything broke
 */
export async function main(root: string, args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null) {
    console.error(USAGE);
    return 2;
  }
  const program = await bundleFuzzer(root, path.join(root, 'node_modules/.cache/fuzz/program'));
  console.log(`seed ${options.seed}`);
  const results = await fuzz({ root, program, ...options }, (result) => console.log(lineOf(result)));
  const crashes = results.flatMap((result) => result.crashes);
  for (const { detail, file, input } of crashes)
    console.error(`\n${detail}\n  kept in ${file ?? `nothing: ${input}`}`);
  return crashes.length === 0 ? 0 : 1;
}

function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      time: { type: 'string', default: `${DEFAULT_SECONDS}` },
      target: { type: 'string', multiple: true, default: [] },
      jobs: { type: 'string', default: `${Math.max(1, availableParallelism() - 1)}` },
      seed: { type: 'string', default: `${randomInt(2 ** 32)}` },
      dry: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [seconds, jobs, seed] = [Number(values.time), Number(values.jobs), Number(values.seed)];
  const isSound = seconds > 0 && Number.isInteger(jobs) && jobs > 0 && Number.isInteger(seed);
  if (values.help || !isSound || !values.target.every(isTargetName)) return null;
  const targets = values.target.length === 0 ? TARGET_NAMES : values.target;
  return {
    targets,
    milliseconds: seconds * 1_000,
    jobs: Math.min(jobs, targets.length),
    seed,
    keeps: !values.dry,
  };
}

function lineOf({ target, crashes, done }: TargetResult): string {
  const name = target.padEnd(18);
  const broken = crashes.map(({ signature }) => `\n  ${signature}`).join('');
  if (done === null) return `${name} did not come to its end${broken}`;
  const { trials, trialsPerSecond, inputs, blocks, blocksReached, newFeatures } = done;
  return `${name} ${trials} trials, ${trialsPerSecond}/s; ${inputs} inputs run ${blocksReached} of ${blocks} blocks; ${newFeatures} new features${broken}`;
}
