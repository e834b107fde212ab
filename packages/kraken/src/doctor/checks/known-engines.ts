/** The engines that a monitor which is up knows of, where it keeps them in its own memory. */

import { MonitorClient } from '../../monitor-client.js';
import { type Finding, ok, reasonOf, warning } from '../finding.js';

const NAME = 'engines';

/**
 * @param running URL of the monitor that is up; null for none
 * @param secret of the cluster
 */
export async function checkKnownEngines(running: string | null, secret: string): Promise<readonly Finding[]> {
  if (running === null)
    return [ok(NAME, 'the monitor is not up, and knows of engines what they tell it then')];
  try {
    const { engines } = await new MonitorClient({ url: running, secret }).info();
    const serving = engines.filter(({ state }) => state === 'serving').length;
    const message = `${engines.length} known, ${serving} of them serving`;
    return [
      serving > 0
        ? ok(NAME, message)
        : warning(NAME, message, 'start an engine, or see its log for why it is not heard'),
    ];
  } catch (error) {
    return [warning(NAME, reasonOf(error), 'another service of Kraken has the port: set [rpc] port')];
  }
}
