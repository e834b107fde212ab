/** Tells operators of those who do not know the secret of the cluster: any stranger can be one of them, as often as they may call. */
import type { Logger } from 'pino';

/** The log tells of them at most so often, ms. */
export const TOLD_INTERVAL = 60_000;

/**
 * @param now ms, monotonic
 * @returns to be told of each one's address
 */
export function wrongSecretsTo(logger: Logger, now: () => number): (remoteAddress: string) => void {
  let requests = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (remoteAddress) => {
    requests++;
    if (now() - toldAt < TOLD_INTERVAL) return;
    toldAt = now();
    logger.warn({ remoteAddress, requests }, 'refused who does not know the secret of the cluster');
    requests = 0;
  };
}
