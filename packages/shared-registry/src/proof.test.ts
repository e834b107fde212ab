import type { EngineSummary } from '@kraken/protocol';
import { expect, test } from 'vitest';
import { isProven, prove } from './proof.js';

const SUMMARY: EngineSummary = {
  engineId: 'a',
  state: 'serving',
  version: '0.1.0',
  region: 'eu',
  url: 'http://a:7000',
  publicUrl: 'https://a.example',
  cpu: 0,
  workers: [0],
  packetsPerSecond: 0,
  participants: 0,
  closedParticipants: 0,
  closedRooms: 0,
  residentBytes: 0,
  roomCount: 0,
};

test('only who knows the secret proves who an engine is and where it is', () => {
  const proven = prove('secret', SUMMARY);
  expect(isProven('secret', proven)).toBe(true);
  const busier = { ...proven, participants: 5 };
  expect(isProven('secret', busier)).toBe(true);
  expect(isProven('other', proven)).toBe(false);
  expect(isProven('secret', { ...proven, url: 'http://intruder:7000' })).toBe(false);
  expect(isProven('secret', { ...proven, proof: '' })).toBe(false);
});
