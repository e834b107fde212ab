import { defaultExclude, defineConfig } from 'vitest/config';

/** They wait for time-outs of clusters more than they compute, so that two go at a time. */
const CLUSTER = 'packages/monitor/test/**/*.test.ts';

/** How long `expect.poll` waits where a test does not say: what other processes and threads do takes a busy machine seconds. */
const expectation = { poll: { timeout: 10_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'bench/**/*.test.ts',
            'fuzz/**/*.test.ts',
          ],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          expect: expectation,
        },
      },
      {
        test: {
          name: 'scenario',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: [...defaultExclude, CLUSTER],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: expectation,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'cluster',
          include: [CLUSTER],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: expectation,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['interop/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: expectation,
          fileParallelism: false,
        },
      },
    ],
  },
});
