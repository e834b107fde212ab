import { describe, expect, test, vi } from 'vitest';
import { BACKLOG_LIMIT, LogOutput } from './log-output.js';

/** A descriptor that does what it is told to. */
class Disk {
  text = '';
  /** Thrown by each write while it is set. */
  failure: string | null = null;
  /** Octets that it takes until it fails. */
  room = Number.POSITIVE_INFINITY;

  readonly write = (_descriptor: number, bytes: Uint8Array, offset: number): number => {
    if (this.failure !== null && this.room <= 0)
      throw Object.assign(new Error('failed'), { code: this.failure });
    const taken = Math.min(this.room, bytes.length - offset);
    this.room -= taken;
    this.text += Buffer.from(bytes.subarray(offset, offset + taken)).toString();
    return taken;
  };

  fail(failure: string, room = 0): void {
    this.failure = failure;
    this.room = room;
  }

  recover(): void {
    this.failure = null;
    this.room = Number.POSITIVE_INFINITY;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

function start(): { readonly disk: Disk; readonly output: LogOutput } {
  const disk = new Disk();
  return { disk, output: new LogOutput(1, disk.write) };
}

describe.each(['ENOSPC', 'EIO', 'EPIPE', 'EDQUOT', 'EBADF'])('while writing fails with %s', (code) => {
  test('lines are lost and counted, nothing throws, and the next one that is written tells of them', () => {
    const { disk, output } = start();
    output.write('first\n');
    disk.fail(code);
    for (let i = 0; i < 3; i++) output.write('lost\n');
    expect(output.lostLines).toBe(3);
    disk.recover();
    output.write('second\n');
    output.write('third\n');
    const [first, told = '', ...rest] = disk.lines;
    expect([first, ...rest]).toEqual(['first', 'second', 'third']);
    expect(JSON.parse(told)).toMatchObject({ level: 50, lines: 3, reason: code, msg: 'log lines were lost' });
    expect(output.lostLines).toBe(3);
  });
});

test('a line that the full disk has cut does not run into the next one', () => {
  const { disk, output } = start();
  disk.fail('ENOSPC', 4);
  output.write('cut off\n');
  output.write('lost\n');
  disk.recover();
  output.write('whole\n');
  const [cut, told = '', whole] = disk.lines;
  expect([cut, whole]).toEqual(['cut ', 'whole']);
  expect(JSON.parse(told)).toMatchObject({ lines: 2, reason: 'ENOSPC' });
});

test('losing lines again tells of all of them once', () => {
  const { disk, output } = start();
  disk.fail('ENOSPC');
  output.write('lost\n');
  disk.room = 3;
  output.write('lost too, with what it tells\n');
  disk.recover();
  output.write('written\n');
  const told = disk.lines.at(-2) ?? '';
  expect(JSON.parse(told)).toMatchObject({ lines: 2 });
  expect(output.lostLines).toBe(2);
});

describe('a reader that has stopped reading', () => {
  test('is not waited for, and gets in order what it left when it goes on', () => {
    vi.useFakeTimers();
    try {
      const { disk, output } = start();
      disk.fail('EAGAIN', 8);
      for (let i = 0; i < 4; i++) output.write(`line ${i}\n`);
      expect(disk.lines).toEqual(['line 0']);
      disk.recover();
      vi.advanceTimersByTime(1_000);
      expect(disk.lines).toEqual(['line 0', 'line 1', 'line 2', 'line 3']);
      expect(output.lostLines).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('costs no more memory than the backlog, and learns how many lines it missed', () => {
    const { disk, output } = start();
    disk.fail('EAGAIN');
    const line = `${'x'.repeat(1023)}\n`;
    const kept = BACKLOG_LIMIT / 1024;
    for (let i = 0; i < kept + 5; i++) output.write(line);
    expect(output.lostLines).toBe(5);
    disk.recover();
    output.flushSync();
    output.write('last\n');
    expect(disk.lines).toHaveLength(kept + 2);
    expect(JSON.parse(disk.lines.at(-2) ?? '')).toMatchObject({ lines: 5, reason: 'the reader is behind' });
  });

  test('holds the end of the process up for a moment only', () => {
    const { disk, output } = start();
    disk.fail('EAGAIN');
    output.write('never read\n');
    const startedAt = performance.now();
    output.flushSync();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(disk.text).toBe('');
  });
});
