import { expect, test } from 'vitest';
import type { EngineRow } from './monitor-client.js';
import { statusTable } from './status-table.js';

const engine: EngineRow = {
  id: '0d6f1c52-65f1-4d3e-9a53-0b7a8f5f6a11',
  url: 'https://e2.example/',
  region: 'eu',
  version: '0.1.0',
  state: 'serving',
  load: 0.123,
  rooms: 40,
  participants: 1234,
};

test('a row for each engine, by region and URL, and the sums', () => {
  const engines = [
    engine,
    { ...engine, id: 'a'.repeat(36), url: 'https://e1.example/', state: 'draining', load: 1, rooms: 2 },
    { ...engine, id: 'b'.repeat(36), url: 'https://e3.example/', region: 'ap', load: 0, participants: 0 },
  ];
  expect(statusTable(engines)).toBe(
    [
      'ENGINE    URL                               REGION  VERSION  STATE     LOAD  ROOMS  PARTICIPANTS',
      'bbbbbbbb  https://e3.example/               ap      0.1.0    serving     0%     40             0',
      'aaaaaaaa  https://e1.example/               eu      0.1.0    draining  100%      2          1234',
      '0d6f1c52  https://e2.example/               eu      0.1.0    serving    12%     40          1234',
      'all       3 engines, 1 draining, 2 serving                                      82          2468',
      '',
    ].join('\n'),
  );
});

test('an empty cluster has no rows', () => {
  const lines = statusTable([]).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^all +0 engines +0 +0$/);
});

test('ids that begin alike are shown as far as it takes to tell them apart', () => {
  const text = statusTable([
    { ...engine, id: '0d6f1c52-65aa' },
    { ...engine, id: '0d6f1c52-65ab' },
  ]);
  expect(text).toContain('0d6f1c52-65aa ');
  expect(text).toContain('0d6f1c52-65ab ');
});
