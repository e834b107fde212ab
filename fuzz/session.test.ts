import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFuzzer } from './coverage/bundle.js';
import { repositoryRoot } from './repository-root.js';
import { fuzz, type SessionOptions } from './session.js';
import { TARGET_NAMES } from './targets/names.js';

/** For all targets together, beside what it takes to start them and to try what is known. */
const MILLISECONDS = 4_000;
/** corpus.test.ts tries them all. */
const MAX_KNOWN = 8;
const TIME_LIMIT = 180_000;
/** Milliseconds of a trial that does not end within its limit; nothing stays should nobody end it. */
const ENDLESS = 8_000;

const root = repositoryRoot();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'kraken-fuzz-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function options(program: string): SessionOptions {
  const targets = ['stun'];
  return { root, program, targets, milliseconds: 100, jobs: 1, seed: 1, keeps: false, trialLimit: 500 };
}

/** @param body of a program that writes its first input, `HI`, into its journal before */
function writeProgram(body: string): string {
  const file = path.join(folder, 'program.mjs');
  const journal = ['3ff0000000000000', '00000002', Buffer.from('HI').toString('hex')].join('');
  const write = `writeFileSync(JSON.parse(process.argv[2]).journal, Buffer.from('${journal}', 'hex'));`;
  writeFileSync(file, `import { writeFileSync } from 'node:fs'; ${write} ${body}`);
  return file;
}

describe('a process that does not survive', () => {
  test('is ended when one trial goes on and on, and leaves the input behind', async () => {
    const [result] = await fuzz(
      options(writeProgram(`const end = Date.now() + ${ENDLESS}; while (Date.now() < end);`)),
      () => undefined,
    );
    expect(result).toMatchObject({ done: null, crashes: [{ input: '4849' }] });
    expect(result?.crashes[0]?.signature).toContain('no end within');
  });

  test('leaves the input behind that it died of', async () => {
    const [result] = await fuzz(
      options(writeProgram("process.kill(process.pid, 'SIGSEGV')")),
      () => undefined,
    );
    expect(result?.crashes).toMatchObject([{ signature: 'process died: SIGSEGV', input: '4849' }]);
  });
});

test(
  'a short session, with the coverage of instrumented code, breaks nothing',
  async () => {
    const program = await bundleFuzzer(root, path.join(root, 'node_modules/.cache/fuzz/test'));
    const session = {
      root,
      program,
      targets: TARGET_NAMES,
      jobs: 2,
      seed: 1,
      keeps: false,
      maxKnown: MAX_KNOWN,
    };
    const results = await fuzz({ ...session, milliseconds: MILLISECONDS }, () => undefined);
    expect(results.flatMap(({ crashes }) => crashes)).toEqual([]);
    for (const { target, done } of results) {
      expect(done?.trials, target).toBeGreaterThan(0);
      expect(done?.blocksReached, target).toBeGreaterThan(10);
    }
    expect(results).toHaveLength(TARGET_NAMES.length);
  },
  TIME_LIMIT,
);
