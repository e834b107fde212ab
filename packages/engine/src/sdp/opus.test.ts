import { expect, test } from 'vitest';
import { opusParameters } from './opus.js';

test('in-band FEC is asked for whatever the peer says', () => {
  expect(opusParameters('')).toBe('minptime=10;useinbandfec=1');
  expect(opusParameters('useinbandfec=0;minptime=3')).toBe('minptime=10;useinbandfec=1');
});

test('what steers the encoder is repeated, RFC 7587 section 6.1', () => {
  expect(opusParameters('maxplaybackrate=48000; stereo=1;usedtx=1;maxaveragebitrate=64000')).toBe(
    'minptime=10;useinbandfec=1;maxplaybackrate=48000;stereo=1;usedtx=1;maxaveragebitrate=64000',
  );
});

test('unknown and malformed parameters are left out', () => {
  expect(opusParameters('x-mode=1;stereo=yes;usedtx;stereo=1=2;stereo=0')).toBe(
    'minptime=10;useinbandfec=1;stereo=0',
  );
});
