/** The command line of the monitor's benchmark. */
import { OptionError, positiveIntegerOf, positiveOf, valuesOf } from '../option-values.js';
import { REGISTRIES } from './registries.js';
import type { Registry } from './registry.js';

export interface MonitorBenchOptions {
  /** Whether all is measured at full length: only then it goes to docs/scaling. */
  readonly isFull: boolean;
  readonly registries: readonly Registry[];
  readonly rounds: number;
  /** Of each measurement. */
  readonly seconds: number;
  /** Of the same load before each measurement, so that V8 has compiled. */
  readonly warmUpSeconds: number;
  /** How often a measurement that other programs disturb is made, at most. */
  readonly attempts: number;
  /** Keep-alive connections, each of which carries one call at a time. */
  readonly connections: number;
  /** Whether the monitor writes CPU profiles. */
  readonly profile: boolean;
}

export const USAGE = `Usage: npm run bench:monitor -- [OPTIONS]

Without options: everything, in two minutes, up to six where others use the machine; writes docs/scaling/monitor.md and monitor.json.
With any option the figures are only printed.

  --quick              one short round, in less than half a minute
  --registry NAME,...  ${REGISTRIES.map(({ name }) => name).join(', ')}
  --rounds R           how often each figure is measured, by turns (3)
  --seconds S          length of each measurement (4)
  --connections N      keep-alive connections (64)
  --profile            let the monitor write CPU profiles to artifacts/bench/monitor
`;

const FULL = { rounds: 3, seconds: 4, warmUpSeconds: 1.5, attempts: 3 };
const QUICK = { rounds: 1, seconds: 1.5, warmUpSeconds: 0.7, attempts: 1 };
const CONNECTIONS = 64;

/**
 * @param args behind the program's name
 * @returns null when only the usage is asked for
 * @throws OptionError
 */
export function parseMonitorOptions(args: readonly string[]): MonitorBenchOptions | null {
  const values = parseValues(args);
  if (values.help === true) return null;
  const defaults = values.quick === true ? QUICK : FULL;
  return {
    isFull: args.length === 0,
    registries: values.registry === undefined ? REGISTRIES : registriesOf(values.registry),
    rounds: positiveIntegerOf('rounds', values.rounds, defaults.rounds),
    seconds: positiveOf('seconds', values.seconds, defaults.seconds),
    warmUpSeconds: defaults.warmUpSeconds,
    attempts: defaults.attempts,
    connections: positiveIntegerOf('connections', values.connections, CONNECTIONS),
    profile: values.profile === true,
  };
}

function parseValues(args: readonly string[]) {
  return valuesOf(args, {
    help: { type: 'boolean', short: 'h' },
    quick: { type: 'boolean' },
    registry: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    connections: { type: 'string' },
    profile: { type: 'boolean' },
  });
}

function registriesOf(names: string): Registry[] {
  return names.split(',').map((name) => {
    const registry = REGISTRIES.find((candidate) => candidate.name === name);
    if (registry !== undefined) return registry;
    throw new OptionError(`--registry ${name}: there are ${REGISTRIES.map((one) => one.name).join(', ')}`);
  });
}
