/** Finds out which service a configuration is for. */
import { parseToml, readTomlFile } from '@kraken/edge/config/toml-file';
import { z } from 'zod';
import type { ServiceName } from '../command-line.js';

/** Keys of [monitor] in an engine's file that the monitor's own does not have. */
const ENGINE_KEYS = ['url', 'redis', 'public-url', 'private-url', 'drain-limit'];
/** Sections of an engine's file that the monitor's own does not have. */
const ENGINE_SECTIONS = ['engine', 'callback'];

const fileSchema = z.looseObject({ monitor: z.looseObject({}).optional() });

/**
 * @param path of the file; without one it is about an engine
 * @throws ConfigurationError when it cannot be read or is no TOML
 */
export function serviceOfFile(path: string | null): ServiceName {
  if (path === null) return 'engine';
  const file = parseToml(readTomlFile(path), path, fileSchema);
  if (ENGINE_SECTIONS.some((name) => name in file)) return 'engine';
  const { monitor } = file;
  if (monitor === undefined) return 'regions' in file || 'registry' in file ? 'monitor' : 'engine';
  return ENGINE_KEYS.some((key) => key in monitor) ? 'engine' : 'monitor';
}
