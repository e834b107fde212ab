/**
 * Where a monitor keeps which engine has which room. Each kind is measured in the same way; one that needs a program
 * which is not there is named in the report as not measured.
 */
import { REDIS } from './redis-registry.js';
import type { Registry } from './registry.js';

/** The monitor's own memory. */
const MEMORY: Registry = {
  name: 'memory',
  whyNotMeasured: () => null,
  start: async () => ({ toml: '', stop: async () => undefined }),
};

export const REGISTRIES: readonly Registry[] = [MEMORY, REDIS];
