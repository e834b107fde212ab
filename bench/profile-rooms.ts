/** Profiles the engine in rooms of several sizes, to tell where its time goes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withRooms } from './measures/rooms.js';
import { recordProfile, whyNotProfiled } from './perf-profile.js';
import type { Gap, ProfileSample } from './report/results.js';
import { type RunOptions, withRunning } from './run-scenario.js';
import { meshOf } from './scenarios.js';
import type { Sfu } from './sfu/sfu.js';

const SIZES = [10, 20, 50];
const SECONDS = 5;

export interface Profiles {
  readonly profiles: readonly ProfileSample[];
  readonly gaps: readonly Gap[];
}

export async function profileRooms(sfu: Sfu, options: RunOptions): Promise<Profiles> {
  const reason = whyNotProfiled();
  if (reason !== null) return { profiles: [], gaps: [{ what: 'profile by perf', sfu: null, reason }] };
  const profiles: ProfileSample[] = [];
  for (const size of SIZES) {
    const sample = await profileRoom(sfu, size, options);
    if (sample !== null) profiles.push(sample);
  }
  return { profiles, gaps: [] };
}

function profileRoom(sfu: Sfu, size: number, options: RunOptions): Promise<ProfileSample | null> {
  const scenario = meshOf(size);
  console.log(`profiling: ${scenario.name} on ${sfu.name}`);
  return withRunning(sfu, options, { hasSymbols: true }, (running) =>
    withRooms(running, scenario, options, async ({ generator }) => {
      const { pid } = running;
      if (pid === null) return null;
      await sleep(options.warmUpSeconds * 1000);
      const [profile, measurement] = await Promise.all([
        recordProfile(pid, SECONDS, options.folder),
        generator.measure(SECONDS),
      ]);
      const { before, after, packetsReceived } = measurement;
      const cpuSeconds =
        before === null || after === null ? null : after.process.cpuSeconds - before.process.cpuSeconds;
      const microsecondsPerPacketOut = cpuSeconds === null ? null : (cpuSeconds / packetsReceived) * 1e6;
      return { scenario: scenario.name, microsecondsPerPacketOut, profile };
    }),
  );
}
