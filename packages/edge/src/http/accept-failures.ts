/**
 * Connections that the system does not let a server accept, since the process or the machine has no file descriptor left.
 * Node tells of each by an event that would end the process if nobody listened. They are lost, and tried again by whoever
 * wants something; those that there are go on. Told of are also those that are one too many.
 */
import type { Server } from 'node:net';
import type { Logger } from 'pino';

/** The log tells of them at most so often, in milliseconds: there may be thousands a second. */
export const TOLD_INTERVAL = 60_000;

/** @param now in milliseconds, monotonic */
export function surviveAcceptFailures(
  server: Server,
  logger: Logger,
  now: () => number = () => performance.now(),
): void {
  let failures = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = (reason: string | undefined) => {
    failures++;
    if (now() - toldAt < TOLD_INTERVAL) return;
    toldAt = now();
    logger.error({ reason, connections: failures }, 'connections cannot be accepted');
    failures = 0;
  };
  server.on('error', (error: NodeJS.ErrnoException) => {
    // Others are of listen(), whose caller gets them.
    if (error.syscall !== 'accept') return;
    tell(error.code);
  });
  server.on('drop', () => tell(`there are ${server.maxConnections} already`));
}
