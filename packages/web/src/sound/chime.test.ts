import { expect, test } from 'vitest';
import { chime } from './chime.js';

test('the chime is a WAVE file that begins and ends softly and never clips', () => {
  const file = chime();
  const view = new DataView(file.buffer);
  expect(new TextDecoder().decode(file.slice(0, 4))).toBe('RIFF');
  expect(view.getUint32(4, true)).toBe(file.length - 8);
  expect(view.getUint32(40, true)).toBe(file.length - 44);
  const samples = Array.from({ length: (file.length - 44) / 2 }, (_, i) => view.getInt16(44 + i * 2, true));
  const peak = Math.max(...samples.map(Math.abs));
  expect(peak).toBeGreaterThan(4_000);
  expect(peak).toBeLessThan(32_000);
  expect(samples[0]).toBe(0);
  expect(Math.abs(samples[samples.length - 1] ?? 0)).toBeLessThan(500);
});
