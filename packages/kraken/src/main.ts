/** The program: reads the command line, and runs a service or asks a cluster's monitor. */
import { setFlagsFromString } from 'node:v8';
import { ConfigurationError } from '@kraken/edge/config/configuration-error';
import type { LogLevelName } from '@kraken/edge/config/log-level';
import { StartError } from '@kraken/edge/config/start-error';
import { LogOutput } from '@kraken/edge/log/log-output';
import { readVersion } from '@kraken/edge/version';
import type { ProcessVitals } from '@kraken/edge/watchdog/vitals';
import { Watchdog } from '@kraken/edge/watchdog/watchdog';
import { type Logger, pino } from 'pino';
import { clusterStatus, drainEngine } from './cluster-commands.js';
import { parseCommandLine, type ServiceName } from './command-line.js';
import { Ending, type RunningService } from './ending.js';
import type { LoadOptions } from './load/load-options.js';
import { findMonitor } from './monitor-access.js';
import { MonitorError } from './monitor-client.js';
import { makeToken } from './token/make-token.js';

/** Exit codes; those above 1 are from sysexits.h. */
const EXIT = {
  /** The service could not start or go on, or the monitor did not do what it was asked for. */
  FAILURE: 1,
  /** The command line is wrong. */
  USAGE: 64,
  /** The configuration is wrong. */
  CONFIGURATION: 78,
} as const;

/** What the watchdog calls the thread that takes calls. */
const MAIN_THREAD = 'control';

/** @param args the arguments behind the program's name */
export async function main(args: readonly string[]): Promise<void> {
  const command = parseCommandLine(args);
  switch (command.type) {
    case 'help':
      process.stdout.write(command.text);
      break;
    case 'version':
      process.stdout.write(`${readVersion()}\n`);
      break;
    case 'unusable':
      exitWith(EXIT.USAGE, command.message);
      break;
    case 'drain':
      await print(() => drainEngine(findMonitor(command.monitor, process.env), command.engine));
      break;
    case 'status':
      await print(() => clusterStatus(findMonitor(command.monitor, process.env), command.json));
      break;
    case 'load':
      await load(command);
      break;
    case 'token':
      await print(() => makeToken(command, process.env, Math.floor(Date.now() / 1000)));
      break;
    case 'doctor':
      await diagnose(command.configPath, command.service, command.json);
      break;
    case 'run':
      await run(command.service, command.configPath);
      break;
  }
}

/** A service whose configuration is sound. */
interface ConfiguredService {
  readonly logLevel: LogLevelName;
  /** The threads that it will have beside its own. */
  readonly threads: readonly string[];
  readonly start: (logger: Logger, vitals: ProcessVitals) => Promise<RunningService>;
}

/** Each loads nothing of the other: a monitor needs no FFI, and an engine no cluster. */
const SERVICES: Readonly<Record<ServiceName, (configPath: string | null) => Promise<ConfiguredService>>> = {
  engine: async (configPath) => {
    const { defaultConfig, loadConfig, mediaThreadName, startEngine } = await import('@kraken/engine');
    const config = configPath === null ? defaultConfig() : loadConfig(configPath);
    leaveIdleHeapsAlone();
    return {
      logLevel: config.logLevel,
      threads: Array.from({ length: config.media.workers }, (_, index) => mediaThreadName(index)),
      start: (logger, vitals) => startEngine(config, logger, undefined, vitals),
    };
  },
  monitor: async (configPath) => {
    const { defaultConfig, loadConfig, startMonitor } = await import('@kraken/monitor');
    const config = configPath === null ? defaultConfig() : loadConfig(configPath);
    return {
      logLevel: config.logLevel,
      threads: [],
      start: (logger, vitals) => startMonitor(config, logger, vitals),
    };
  },
};

async function run(name: ServiceName, configPath: string | null): Promise<void> {
  try {
    const { logLevel, threads, start } = await SERVICES[name](configPath);
    const output = openLog();
    const logger = createLogger(logLevel, output);
    endOnBugs(logger);
    const watchdog = new Watchdog({
      main: MAIN_THREAD,
      others: threads,
      descriptor: process.stdout.fd,
      lowestLevel: logger.levelVal,
      onFailure: (error) => logger.error({ err: error }, 'the watchdog has ended'),
    });
    const service = await start(logger, { watchdog, lostLogLines: () => output.lostLines });
    watchdog.start();
    new Ending(name, service, logger).watch();
    process.stderr.write(`Kraken ${name}: open ${service.url}\n`);
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

function createLogger(level: LogLevelName, output: LogOutput): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, output);
}

function openLog(): LogOutput {
  // To ask for process.stdout also keeps a pipe or a socket from blocking: Node sets it so.
  const output = new LogOutput(process.stdout.fd);
  process.on('exit', () => output.flushSync());
  // What the runtime itself and the line for the user are written to may be closed as well.
  process.stderr.on('error', () => {});
  return output;
}

function endOnBugs(logger: Logger): void {
  const end = (kind: string) => (error: unknown) => {
    logger.fatal({ err: error }, kind);
    process.exit(EXIT.FAILURE);
  };
  process.on('uncaughtException', end('uncaught exception'));
  process.on('unhandledRejection', end('unhandled rejection'));
}

/** The first SIGINT or SIGTERM ends it in order, the next one at once. */
async function load(options: LoadOptions): Promise<void> {
  const { hasBatchedCalls } = await import('@kraken/engine/internal/media/udp/libc');
  if (!hasBatchedCalls()) exitWith(EXIT.FAILURE, 'kraken load needs Linux on x64 or arm64');
  const { runLoad } = await import('./load/run-load.js');
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  try {
    const outputs = { summary: process.stdout, progress: process.stderr };
    const token = process.env.KRAKEN_TOKEN || null;
    if (!(await runLoad(options, outputs, ending.signal, token))) process.exitCode = EXIT.FAILURE;
  } catch (error) {
    exitWith(EXIT.FAILURE, error instanceof Error ? error.message : String(error));
  }
}

async function diagnose(
  configPath: string | null,
  service: ServiceName | null,
  asJson: boolean,
): Promise<void> {
  const [{ examine }, { hasProblem, reportJson, reportText }] = await Promise.all([
    import('./doctor/examine.js'),
    import('./doctor/report.js'),
  ]);
  const findings = await examine(configPath, service);
  process.stdout.write(asJson ? reportJson(findings) : reportText(findings));
  if (hasProblem(findings)) process.exitCode = EXIT.FAILURE;
}

async function print(command: () => Promise<string>): Promise<void> {
  try {
    process.stdout.write(await command());
  } catch (error) {
    if (error instanceof ConfigurationError) exitWith(EXIT.CONFIGURATION, error.message);
    if (error instanceof MonitorError) exitWith(EXIT.FAILURE, error.message);
    throw error;
  }
}

function exitWith(exitCode: number, message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}
