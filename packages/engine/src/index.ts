export { ConfigurationError } from '@kraken/edge/config/configuration-error';
export { StartError } from '@kraken/edge/config/start-error';
export type { EngineConfig } from './config/engine-config.js';
export { defaultConfig, loadConfig, parseConfig } from './config/load.js';
export type { MediaAddress } from './contract/messages.js';
export type { WorkerStatistics } from './contract/statistics.js';
export { type EngineStatistics, type RunningEngine, startEngine } from './engine.js';
export { mediaThreadName } from './media-workers.js';
export { type SpawnWorker, spawnMediaWorker } from './worker-handle.js';
