import { LEVELS, type Source } from './stream.js';

/** What publishers send: with audio levels, and without, by many encoders. */
export const SOURCES: readonly Source[] = [
  LEVELS,
  { name: 'SILK and hybrid, 32 kbit/s', tellsLevels: false, opus: { application: 'voip', bitrate: 32_000 } },
  {
    name: 'hybrid, constant 24 kbit/s',
    tellsLevels: false,
    opus: { application: 'voip', bitrate: 24_000, variable: 0 },
  },
  {
    name: 'SILK, 12 kbit/s, 60 ms',
    tellsLevels: false,
    opus: { application: 'voip', bitrate: 12_000, duration: 60 },
  },
  {
    name: 'hybrid with DTX, 32 kbit/s',
    tellsLevels: false,
    opus: { application: 'voip', bitrate: 32_000, dtx: 1 },
  },
  {
    name: 'hybrid with in-band FEC, 32 kbit/s',
    tellsLevels: false,
    opus: { application: 'voip', bitrate: 32_000, fec: 1, expectedLoss: 10 },
  },
  {
    name: 'hybrid, stereo, 40 kbit/s',
    tellsLevels: false,
    opus: { application: 'voip', bitrate: 40_000, channels: 2 },
  },
  {
    name: 'CELT, constant 64 kbit/s',
    tellsLevels: false,
    opus: { application: 'audio', bitrate: 64_000, variable: 0 },
  },
  {
    name: 'CELT, constant 96 kbit/s, 10 ms, stereo',
    tellsLevels: false,
    opus: { application: 'audio', bitrate: 96_000, variable: 0, duration: 10, channels: 2 },
  },
  { name: 'CELT, 64 kbit/s', tellsLevels: false, opus: { application: 'audio', bitrate: 64_000 } },
  {
    name: 'CELT without pitch, unconstrained 64 kbit/s',
    tellsLevels: false,
    opus: { application: 'audio', bitrate: 64_000, constrained: 0, complexity: 4 },
  },
  {
    name: 'CELT without pitch, 64 kbit/s',
    tellsLevels: false,
    opus: { application: 'audio', bitrate: 64_000, complexity: 4 },
  },
  {
    name: 'CELT without pitch, constant 64 kbit/s',
    tellsLevels: false,
    opus: { application: 'audio', bitrate: 64_000, variable: 0, complexity: 4 },
  },
];
