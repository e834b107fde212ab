/** The system's clock: TURN credentials hold for an hour by it, and logs of several machines are read together. */
import koffi from 'koffi';
import { type Finding, ok, problem, warning } from '../finding.js';

const NAME = 'clock';
const MS_PER_SECOND = 1_000;
/** HTTP dates are whole seconds, and the answer takes its time: less than this is no difference, s. */
const TOLERANCE = 3;
/** From here on credentials fail much earlier or later than they should, s. */
const WORST_SKEW = 600;
const TIMEOUT = 5_000;
/** struct timex of 64-bit Linux, adjtimex(2): its size is 208, `status` stands at 40. */
const TIMEX_LENGTH = 256;
const TIMEX_STATUS = 40;
const STA_UNSYNC = 0x40;

/** @returns whether something keeps the clock right; null where the system does not tell */
export function isClockSynchronized(): boolean | null {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return null;
  try {
    const timex = Buffer.alloc(TIMEX_LENGTH);
    const result: unknown = koffi.load(null).func('int adjtimex(void *)')(timex);
    return typeof result === 'number' && result >= 0
      ? (timex.readInt32LE(TIMEX_STATUS) & STA_UNSYNC) === 0
      : null;
  } catch {
    return null;
  }
}

/** @param reference URL of another machine's HTTP server whose `Date` is compared; null where there is none */
export async function checkClock(
  reference: string | null,
  isSynchronized: () => boolean | null = isClockSynchronized,
): Promise<readonly Finding[]> {
  const findings = reference === null ? [] : await compare(reference);
  switch (isSynchronized()) {
    case true:
      return [...findings, ok(NAME, 'the kernel says that the clock is kept right')];
    case false: {
      const advice = 'run chrony or systemd-timesyncd, here or on the host';
      return [...findings, warning(NAME, 'the kernel says that nothing keeps the clock right', advice)];
    }
    case null:
      return findings.length > 0
        ? findings
        : [ok(NAME, 'the system does not tell whether the clock is kept right')];
  }
}

/** @returns nothing where the server does not answer: another check tells of that */
async function compare(reference: string): Promise<readonly Finding[]> {
  const skew = await readSkew(reference);
  if (skew === null) return [];
  const seconds = Math.round(skew);
  const { host } = new URL(reference);
  if (Math.abs(skew) < TOLERANCE) return [ok(NAME, `the same as that of ${host}`)];
  const message = `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} that of ${host}`;
  const advice = 'set both clocks by NTP: TURN credentials expire by them';
  return [(Math.abs(skew) >= WORST_SKEW ? problem : warning)(NAME, message, advice)];
}

/** @returns by how many seconds our clock is ahead */
async function readSkew(reference: string): Promise<number | null> {
  try {
    const before = Date.now();
    const response = await fetch(reference, { signal: AbortSignal.timeout(TIMEOUT) });
    const after = Date.now();
    await response.body?.cancel();
    const date = Date.parse(response.headers.get('date') ?? '');
    // The header's second began up to a second before it was written.
    const theirs = date + MS_PER_SECOND / 2;
    return Number.isNaN(date) ? null : ((before + after) / 2 - theirs) / MS_PER_SECOND;
  } catch {
    return null;
  }
}
