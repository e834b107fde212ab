import { expect, test } from 'vitest';
import { PRECEDENCE, type PrioritySystem, takePrecedence } from './thread-priority.js';

function systemWith(niceness: number, changes: Partial<PrioritySystem> = {}) {
  const platform: NodeJS.Platform = 'linux';
  const system = {
    niceness,
    platform,
    getPriority: (): number => system.niceness,
    setPriority: (_id: number, next: number) => {
      system.niceness = next;
    },
    ...changes,
  };
  return system;
}

test('a thread goes before the others of its process, however nice that is', () => {
  for (const niceness of [0, 10, -10]) {
    const system = systemWith(niceness);
    expect(takePrecedence(system)).toBe(true);
    expect(system.niceness).toBe(niceness - PRECEDENCE);
  }
});

test('it cannot be less nice than the system knows', () => {
  const system = systemWith(-18);
  takePrecedence(system);
  expect(system.niceness).toBe(-20);
});

test('where it is not permitted, all stays as it is', () => {
  const refuse = () => {
    throw new Error('EACCES');
  };
  expect(takePrecedence(systemWith(0, { setPriority: refuse }))).toBe(false);
});

test('where niceness is the process’s, all stays as it is', () => {
  const system = systemWith(0, { platform: 'darwin' });
  expect(takePrecedence(system)).toBe(false);
  expect(system.niceness).toBe(0);
});
