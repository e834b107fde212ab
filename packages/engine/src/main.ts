/** The program: reads the command line, runs the engine, ends it in order on SIGTERM and SIGINT. */
import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { type Logger, pino } from 'pino';
import { parseCommandLine, USAGE } from './config/command-line.js';
import { ConfigurationError } from './config/configuration-error.js';
import type { EngineConfig } from './config/engine-config.js';
import { defaultConfig, loadConfig } from './config/load.js';
import { StartError } from './config/start-error.js';
import { type RunningEngine, startEngine } from './engine.js';
import { readEngineVersion } from './version.js';

/** Exit codes; those above 1 are from sysexits.h. */
const EXIT = {
  /** The engine could not start or go on. */
  FAILURE: 1,
  /** The command line is wrong. */
  USAGE: 64,
  /** The configuration is wrong. */
  CONFIGURATION: 78,
} as const;

/** How long an orderly end may take, in milliseconds. */
export const CLOSE_TIMEOUT = 5_000;
/**
 * A second signal within this time is the same one: a terminal's Ctrl-C reaches us directly and through npm. In
 * milliseconds.
 */
const REPEATED_SIGNAL_INTERVAL = 300;

/** @param args the arguments behind the program's name */
export async function main(args: readonly string[]): Promise<void> {
  const command = parseCommandLine(args);
  switch (command.type) {
    case 'help':
      process.stdout.write(USAGE);
      break;
    case 'version':
      process.stdout.write(`${readEngineVersion()}\n`);
      break;
    case 'unusable':
      exitWith(EXIT.USAGE, command.message);
      break;
    case 'run':
      await run(command.configPath);
      break;
  }
}

async function run(configPath: string | null): Promise<void> {
  try {
    const config = configPath === null ? defaultConfig() : loadConfig(configPath);
    const logger = createLogger(config);
    leaveIdleHeapsAlone();
    endOnBugs(logger);
    const engine = await startEngine(config, logger);
    endOnSignals(engine, logger);
    void engine.failed.then((message) => {
      logger.fatal({ reason: message }, 'engine cannot go on');
      return close(engine, logger, EXIT.FAILURE);
    });
    process.stderr.write(`Kraken engine: open ${engine.url}\n`);
  } catch (error) {
    if (error instanceof ConfigurationError) exitWith(EXIT.CONFIGURATION, error.message);
    if (error instanceof StartError) exitWith(EXIT.FAILURE, error.message);
    throw error;
  }
}

/**
 * Some seconds after joins have ended, V8 takes a heap for idle, makes up to three full collections of it to make it
 * smaller, and has helper threads mark it. That gives back little of a media worker's few megabytes, and on a busy core
 * its packets wait for it, up to 10 ms. Garbage is collected when a heap has filled up, as before.
 */
function leaveIdleHeapsAlone(): void {
  setFlagsFromString('--no-memory-reducer');
}

function createLogger(config: EngineConfig): Logger {
  const options = { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  // Each line is out before the next step, so that none is missing or out of order at the end of the process.
  return pino(options, pino.destination({ fd: process.stdout.fd, sync: true }));
}

function endOnBugs(logger: Logger): void {
  const end = (kind: string) => (error: unknown) => {
    logger.fatal({ err: error }, kind);
    process.exit(EXIT.FAILURE);
  };
  process.on('uncaughtException', end('uncaught exception'));
  process.on('unhandledRejection', end('unhandled rejection'));
}

function endOnSignals(engine: RunningEngine, logger: Logger): void {
  let firstAt: number | null = null;
  const onSignal = (signal: 'SIGINT' | 'SIGTERM') => {
    if (firstAt === null) {
      firstAt = performance.now();
      logger.info({ signal }, 'engine closing');
      void close(engine, logger, 0);
    } else if (performance.now() - firstAt > REPEATED_SIGNAL_INTERVAL) {
      process.exit(128 + constants.signals[signal]);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

/** Ends the process in order, or without order when that takes too long. */
async function close(engine: RunningEngine, logger: Logger, exitCode: number): Promise<void> {
  setTimeout(() => {
    logger.error('engine did not close in time');
    process.exit(EXIT.FAILURE);
  }, CLOSE_TIMEOUT).unref();
  await engine.close();
  logger.info('engine closed');
  process.exit(exitCode);
}

function exitWith(exitCode: number, message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}
