import { Gate, type GateOptions } from '@kraken/edge/gate/gate';
import { DEFAULT_HTTP_LIMITS } from '@kraken/edge/gate/limits';
import { RefusalCounts } from '@kraken/edge/gate/refusal-counts';
import { TrustedProxies } from '@kraken/edge/gate/trusted-proxies';
import { pino } from 'pino';

/** @returns a gate with the default limits, which trusts no proxy, unless told otherwise */
export function openGate(options: Partial<GateOptions> = {}): Gate {
  return new Gate({
    limits: DEFAULT_HTTP_LIMITS,
    proxies: new TrustedProxies([]),
    monitor: null,
    refusals: new RefusalCounts(),
    logger: pino({ enabled: false }),
    now: () => 0,
    ...options,
  });
}
