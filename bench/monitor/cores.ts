/** Which process has which core: what is measured has one to itself. */
import { findCores } from '../machine.js';

export interface MonitorCores {
  readonly monitor: number;
  readonly generator: number;
  /** The generator's, where there is no third. */
  readonly engine: number;
}

/** @throws MachineError where there are less than two cores, or none can be pinned */
export function assignCores(): MonitorCores {
  const [monitor, generator, engine = generator] = findCores();
  return { monitor, generator, engine };
}
