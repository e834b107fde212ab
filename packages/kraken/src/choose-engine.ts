/** Finds the engine that an operator means. */
import { MonitorError } from './monitor-client.js';

interface NamedEngine {
  readonly id: string;
  readonly url: string;
}

/**
 * @param named the engine's URL, with or without its last slash, its id, or the beginning of that
 * @throws MonitorError when it is none of them, or could be several
 */
export function chooseEngine<Engine extends NamedEngine>(engines: readonly Engine[], named: string): Engine {
  const bare = (url: string) => url.replace(/\/$/, '');
  const candidates = [
    engines.filter(({ id }) => id === named),
    engines.filter(({ url }) => bare(url) === bare(named)),
    engines.filter(({ id }) => id.startsWith(named)),
  ];
  const [engine, ...others] = candidates.find((found) => found.length > 0) ?? [];
  if (engine === undefined) {
    throw new MonitorError(`no engine ${JSON.stringify(named)} in the cluster (see kraken cluster status)`);
  }
  if (others.length === 0) return engine;
  const ids = [engine, ...others].map(({ id }) => id).join(', ');
  throw new MonitorError(`${JSON.stringify(named)} could be any of these engines: ${ids}`);
}
