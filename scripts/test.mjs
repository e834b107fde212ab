/**
 * `npm test`: sets up what the checks need, then runs all of them. The last line is `N passed, N failed`, counting
 * every test of every suite and one each for the type check and the lint.
 *
 * Suites can be named: `npm test -- unit` (unit, scenario, cluster, interop, lint, types).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureDependencies, root } from './dependencies.mjs';
import { ensurePrograms } from './programs.mjs';

const SUITES = ['types', 'lint', 'unit', 'scenario', 'cluster', 'interop'];
/** Those that drive programs which are not npm's. */
const PROGRAM_SUITES = ['unit', 'scenario', 'cluster', 'interop'];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((suite) => !SUITES.includes(suite));
if (unknown.length > 0) {
  console.error(`npm test: unknown suite ${unknown.join(', ')}; there are ${SUITES.join(', ')}`);
  process.exit(1);
}
const suites = wanted.length === 0 ? SUITES : SUITES.filter((suite) => wanted.includes(suite));

let passed = 0;
let failed = 0;

try {
  ensureDependencies();
  if (suites.some((suite) => PROGRAM_SUITES.includes(suite))) ensurePrograms();
  run('node', ['scripts/build.mjs']) || abort('the build failed');
  for (const suite of suites) {
    if (suite === 'types') count(checkTypes(), 'types');
    else if (suite === 'lint') count(run(bin('biome'), ['check', '.']), 'lint');
    else runVitest(suite);
  }
} catch (error) {
  abort(error instanceof Error ? error.message : String(error));
}
finish();

function runVitest(project) {
  const folder = mkdtempSync(path.join(tmpdir(), 'kraken-test-'));
  const report = path.join(folder, 'report.json');
  const ok = run(bin('vitest'), [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  try {
    const result = JSON.parse(readFileSync(report, 'utf8'));
    passed += result.numPassedTests;
    failed += result.numFailedTests;
    const skipped = result.numTotalTests - result.numPassedTests - result.numFailedTests;
    if (skipped > 0) console.error(`npm test: ${skipped} tests of ${project} did not run`);
    failed += skipped;
    // A file that does not load, or an error outside of any test, fails no test of its own.
    if (!ok && result.numFailedTests + skipped === 0) failed += 1;
  } catch (error) {
    console.error(`npm test: no report of ${project}: ${error instanceof Error ? error.message : error}`);
    failed += 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The build covers what ships; this covers tests, benchmark and interop. */
function checkTypes() {
  const tests = run(bin('tsc'), ['-p', 'tsconfig.test.json']);
  const client = run(bin('tsc'), ['-p', 'packages/client/tsconfig.test.json']);
  const web = run(bin('tsc'), ['-p', 'packages/web/tsconfig.test.json']);
  return client && web && run(bin('tsc'), ['-b', 'tsconfig.tools.json']) && tests;
}

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

function bin(name) {
  return path.join(root, 'node_modules', '.bin', name);
}

function count(ok, name) {
  if (ok) passed += 1;
  else {
    failed += 1;
    console.error(`npm test: ${name} failed`);
  }
}

function abort(message) {
  console.error(`npm test: ${message}`);
  failed += 1;
  finish();
}

function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
