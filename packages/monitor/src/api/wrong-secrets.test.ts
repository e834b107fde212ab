import { pino } from 'pino';
import { expect, test } from 'vitest';
import { TOLD_INTERVAL, wrongSecretsTo } from './wrong-secrets.js';

test('who does not know the secret is logged once a minute, however often they try', () => {
  const lines: string[] = [];
  let now = 0;
  const tell = wrongSecretsTo(pino({}, { write: (line: string) => lines.push(line) }), () => now);
  for (let tried = 0; tried < 2_000; tried++) tell('192.0.2.1');
  now += TOLD_INTERVAL;
  tell('192.0.2.2');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 40, remoteAddress: '192.0.2.1', requests: 1 }),
    expect.objectContaining({ level: 40, remoteAddress: '192.0.2.2', requests: 2_000 }),
  ]);
});
