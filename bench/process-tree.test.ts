import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { descendantsOf, readTreeUsage } from './process-tree.js';
import { readProcessUsage } from './process-usage.js';

test('the tree has the memory of children and of their children', async () => {
  const program = `require('child_process').spawn('sleep', ['30'], { stdio: 'ignore' });
    console.log('up'); setInterval(() => {}, 1000); process.on('disconnect', () => process.exit())`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  await once(child.stdout ?? child, 'data');
  const pid = child.pid ?? 0;
  const [sleeper = 0] = descendantsOf(pid);
  expect(descendantsOf(pid)).toHaveLength(1);
  expect(readTreeUsage(pid).residentBytes).toBeGreaterThan(readProcessUsage(sleeper).residentBytes);
  expect(readTreeUsage(pid).threads.map(({ id }) => id)).toContain(sleeper);
  process.kill(sleeper);
  child.disconnect();
  await once(child, 'exit');
  expect(descendantsOf(pid)).toEqual([]);
});
