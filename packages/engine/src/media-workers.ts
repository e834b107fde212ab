/** The media workers of an engine, from its start to its end. */
import { networkInterfaces } from 'node:os';
import { StartError } from '@kraken/edge/config/start-error';
import { connectionBudget } from '@kraken/edge/http/connection-budget';
import type { ProcessVitals } from '@kraken/edge/watchdog/vitals';
import type { Logger } from 'pino';
import type { EngineConfig } from './config/engine-config.js';
import { chooseAddresses } from './config/network-interfaces.js';
import type { WorkerIndex } from './contract/messages.js';
import type { GeneratedCertificate } from './media/dtls/certificate.js';
import { connectionsOfWorker } from './media/tcp/limits.js';
import { type MediaEvent, type SpawnWorker, WorkerHandle } from './worker-handle.js';

/** What the workers report goes to the control plane, which is made after them, since it needs their addresses. */
export interface WorkerListeners {
  onEvent: (event: MediaEvent, from: WorkerIndex) => void;
  onFailure: (message: string) => void;
}

/** One after another, so that each finds the first port that those before have left. */
export async function startWorkers(
  config: EngineConfig,
  certificate: GeneratedCertificate,
  logger: Logger,
  listeners: WorkerListeners,
  spawn: SpawnWorker,
  { watchdog }: ProcessVitals,
): Promise<readonly WorkerHandle[]> {
  const { portMin, portMax, tcp, io } = config.media;
  const bind = chooseAddresses(networkInterfaces(), config);
  const { certificate: der, privateKey } = certificate;
  const workers: WorkerHandle[] = [];
  try {
    for (let index = 0; index < config.media.workers; index++) {
      const handle = await WorkerHandle.start({
        worker: {
          index,
          bind,
          portMin,
          portMax,
          tcp,
          tcpLimits: {
            ...config.limits.tcp,
            connections: connectionsOfWorker(config.media.workers, connectionBudget('media')),
          },
          io,
          recovery: config.recovery,
          certificate: { certificate: der, privateKey },
          inherited: null,
        },
        place: watchdog?.place(mediaThreadName(index)) ?? null,
        spawn,
        logger,
        onEvent: (event) => listeners.onEvent(event, index),
        onFailure: (message) => listeners.onFailure(message),
      });
      workers.push(handle);
    }
    return workers;
  } catch (error) {
    await stopWorkers(workers);
    if (error instanceof StartError && error.message.startsWith('[')) {
      throw new StartError(`${config.source}: ${error.message}`);
    }
    throw error;
  }
}

/** @returns what a media worker's thread is called in logs and metrics */
export function mediaThreadName(index: WorkerIndex): string {
  return `media-${index}`;
}

export async function stopWorkers(workers: readonly WorkerHandle[]): Promise<void> {
  await Promise.all(workers.map((worker) => worker.stop()));
}
