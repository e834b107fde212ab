/** An engine's way to its cluster over a monitor: is one there, and does it take the secret? */
import type { EngineConfig } from '@kraken/engine';
import { ENGINES_PATH } from '@kraken/protocol';
import { type Finding, ok, problem, reasonOf, warning } from '../finding.js';

const NAME = 'monitor';
const TIMEOUT = 5_000;
const BAD_REQUEST = 400;
const UNAUTHORIZED = 401;
const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])$/;

type MonitorLink = NonNullable<EngineConfig['monitor']>;

/**
 * Sends a heartbeat without a body: the secret is looked at first, and a body that says nothing registers nobody.
 * @param link with a URL of a monitor
 */
export async function checkMonitorLink({ url, secret }: MonitorLink): Promise<readonly Finding[]> {
  const base = url.endsWith('/') ? url : `${url}/`;
  try {
    const response = await fetch(new URL(ENGINES_PATH.slice(1), base), {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(TIMEOUT),
    });
    await response.body?.cancel();
    return [findingOf(response.status, url)];
  } catch (error) {
    const message = `the monitor at ${url} cannot be reached (${reasonOf(error)})`;
    return [problem(NAME, message, 'start the monitor, or correct [monitor] url')];
  }
}

function findingOf(status: number, url: string): Finding {
  switch (status) {
    case BAD_REQUEST:
      return ok(NAME, `the monitor at ${url} takes the secret`);
    case UNAUTHORIZED:
      return problem(
        NAME,
        `the monitor at ${url} does not take the secret`,
        "set [monitor] secret to the monitor's",
      );
    default: {
      const message = `what answers at ${url} is no monitor (HTTP status ${status})`;
      return problem(
        NAME,
        message,
        'correct [monitor] url: it is the URL of a monitor, or of a balancer before several',
      );
    }
  }
}

/** @returns a warning where clients or the monitor are sent to this machine by an address that only it can use */
export async function checkPublicUrl({ publicUrl, url }: MonitorLink): Promise<readonly Finding[]> {
  const isAlone = url !== '' && LOOPBACK.test(new URL(url).hostname);
  if (!LOOPBACK.test(new URL(publicUrl).hostname) || isAlone)
    return [ok('public-url', `clients are sent to ${publicUrl}`)];
  const message = `clients are sent to ${publicUrl}, which is their own machine for them`;
  return [warning('public-url', message, 'set [monitor] public-url to where clients reach this engine')];
}
