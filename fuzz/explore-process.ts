/**
 * Explores one target, in a process of its own, since it may not survive. It is bundled by coverage/bundle.ts, with what is
 * fuzzed instrumented; the arguments are one JSON text of ExploreOptions, and each line of its output a JSON text of
 * ExploreReport.
 */
import { Coverage } from './coverage/coverage.js';
import { COVERAGE_GLOBAL } from './coverage/coverage-global.js';
import type { ExploreOptions, ExploreReport } from './explore/explore-options.js';
import { Explorer } from './explore/explorer.js';
import { readCorpus, readCrashes, writeCorpus, writeCrash } from './explore/fixtures.js';
import { JournalWriter } from './explore/journal.js';
import { Random } from './input/random.js';
import { TARGETS } from './targets/index.js';
import { isTargetName } from './targets/names.js';

const options: ExploreOptions = JSON.parse(process.argv[2] ?? '{}');
await explore(options);

async function explore({
  root,
  target: name,
  milliseconds,
  maxKnown,
  seed,
  journal,
  keeps,
}: ExploreOptions): Promise<void> {
  if (!isTargetName(name)) throw new Error(`there is no target ${name}`);
  const coverage = new Coverage();
  Reflect.set(globalThis, COVERAGE_GLOBAL, coverage);
  const target = await TARGETS[name]();
  const trial = await target.prepare();
  const writer = new JournalWriter(journal, target.maxLength);
  const explorer = new Explorer(target, trial, coverage, new Random(seed), {
    onTrial: (input) => writer.write(input),
    onCrash: ({ signature, error, input }) => {
      const file = keeps ? writeCrash(root, name, input) : null;
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
      report({ type: 'crash', signature, detail, file, input: Buffer.from(input).toString('hex') });
    },
  });
  const known = [
    ...target.seeds(),
    ...readCorpus(root, name),
    ...readCrashes(root, name).map(({ input }) => input),
  ];
  await explorer.load(known.filter(({ length }) => length <= target.maxLength).slice(0, maxKnown));
  const begun = explorer.corpus.features;
  const started = performance.now();
  const trialsBefore = explorer.trials;
  await explorer.explore(() => performance.now() - started >= milliseconds);
  const seconds = (performance.now() - started) / 1_000;
  writer.close();
  if (keeps) writeCorpus(root, name, explorer.corpus.best(target.maxInputs ?? Number.POSITIVE_INFINITY));
  report({
    type: 'done',
    trials: explorer.trials,
    trialsPerSecond: Math.round((explorer.trials - trialsBefore) / seconds),
    inputs: explorer.corpus.size,
    features: explorer.corpus.features,
    newFeatures: explorer.corpus.features - begun,
    blocks: coverage.blocks,
    blocksReached: explorer.corpus.blocks,
  });
  // What the targets hold open ends with the process.
  process.exit(0);
}

function report(line: ExploreReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
