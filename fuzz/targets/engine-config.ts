import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigurationError } from '@kraken/edge/config/configuration-error';
import { parseConfig } from '../../packages/engine/src/config/load.js';
import { repositoryRoot } from '../repository-root.js';
import { type FuzzTarget, promise } from '../target.js';

const EXAMPLE = 'config/engine.example.toml';
const SOURCE = 'engine.toml';

/** Configuration files: what is wrong with one is said in one line that names the file. */
export const engineConfig: FuzzTarget = {
  name: 'engine-config',
  maxLength: 2_048,
  seeds: () => [
    ...readFileSync(path.join(repositoryRoot(), EXAMPLE), 'utf8')
      .split(/^(?=\[)/m)
      .map((section) => Buffer.from(section.replaceAll(/^#.*\n/gm, '').replaceAll(/^# /gm, ''))),
    Buffer.from('[engine]\nport-min = 10000\nport-max = 10_010\nworkers = 2\ninterface = ["lo", "eth0"]\n'),
  ],
  prepare: () => (input) => {
    try {
      const config = parseConfig(Buffer.from(input).toString(), SOURCE);
      promise(config.media.portMin > 0 && config.media.portMin <= config.media.portMax, 'ports are a range');
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      promise(error.message.startsWith(`${SOURCE}: `), 'a fault names the file');
      promise(!error.message.includes('\n'), 'a fault is one line');
    }
  },
};
