import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { doubtsOf } from './doubts.js';
import { number, table } from './markdown.js';
import { RESULTS } from './results.fixture.js';
import { targetsOf } from './targets.js';
import { composeReport, writeReport } from './write-report.js';

const verdictOf = (what: string) => targetsOf(RESULTS).find((target) => target.what === what)?.verdict;

test('a target is judged by the median, and by ratios within rounds', () => {
  expect(verdictOf('CPU per packet out, room of 10')).toBe('met');
  expect(verdictOf('CPU per packet out, room of 20')).toBe('missed');
  expect(verdictOf('CPU per packet out, room of 50')).toBe('not measured');
  expect(verdictOf("its ratio to mediasoup's, room of 10")).toBe('met');
  expect(verdictOf("its ratio to mediasoup's, room of 20")).toBe('missed');
});

test('capacity, latency, joins, memory and workers are judged', () => {
  expect(targetsOf(RESULTS).slice(11)).toMatchObject([
    { measured: '510,000', verdict: 'met' },
    { measured: '0.675 ms', verdict: 'met' },
    { measured: '2.70 ms', verdict: 'met' },
    { measured: '320', verdict: 'met' },
    { measured: '2.00 ms', verdict: 'met' },
    { measured: '0', verdict: 'met' },
    { measured: '90.0 KB', verdict: 'met' },
    { measured: '90.0 KB', verdict: 'met' },
    { measured: '500 B', verdict: 'missed' },
    { measured: '11.1%', verdict: 'met' },
  ]);
});

test('the report names its machine, marks what is missed in red and tells what was not measured', () => {
  const { markdown } = composeReport(RESULTS);
  expect(markdown).toContain('CPU, 2 cores, 8.0 GB, linux 6.18.1-x, Node v20, 2026-01-02');
  expect(markdown).toMatch(/room of 20 \| ≤ 3 µs \| \*\*5\.00 µs \(4\.00–6\.00\)\*\* \| 🔴 \*\*missed\*\*/);
  expect(markdown).toContain('- janus: there is no janus\n');
  expect(markdown).toContain('| room of 20 | 5.00 (4.00–6.00) | 8.00 (7.00–9.00) | 2.50 (2.00–3.00) |');
});

test('what makes a figure doubtful is told', () => {
  expect(doubtsOf(RESULTS)).toEqual([]);
  const busy = RESULTS.latency.map((sample) => ({
    ...sample,
    results: sample.results.slice(0, 1).map((load) => ({ ...load, othersLoad: 0.2, lateShare: 0.05 })),
  }));
  expect(doubtsOf({ ...RESULTS, latency: busy.slice(0, 1) })).toEqual([
    "latency of kraken-ts at 25.0% of its capacity: other processes used 20.0% of the SFU's core",
    'latency of kraken-ts at 25.0% of its capacity: the generator sent 5.00% of the packets late',
  ]);
});

test('every plot that the page shows is written beside it, and so are the raw numbers', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kraken-bench-'));
  try {
    const page = readFileSync(writeReport(folder, RESULTS), 'utf8');
    const shown = [...page.matchAll(/!\[.*\]\((.*)\)/g)].map(([, file]) => file);
    expect(shown.length).toBeGreaterThan(2);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining([...shown, 'README.md', 'results.json']));
    expect(JSON.parse(readFileSync(path.join(folder, 'results.json'), 'utf8'))).toEqual(RESULTS);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('numbers have about three digits', () => {
  expect([0, 0.01234, 0.4567, 3.1359, 45.67, 500_123].map(number)).toEqual([
    '0',
    '0.012',
    '0.457',
    '3.14',
    '45.7',
    '500,123',
  ]);
});

test('a table without rows is no table', () => {
  expect(table(['a'], [])).toEqual([]);
  expect(table(['a', 'b'], [['1|2', '3']])).toEqual(['| a | b |', '| --- | ---: |', '| 1\\|2 | 3 |', '']);
});
