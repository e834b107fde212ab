import type { IncomingHttpHeaders } from 'node:http';
import { FORWARDED_HEADER } from '@kraken/edge/gate/gate';
import { MONITOR_HEADER } from '@kraken/edge/gate/monitor-proof';

/** What engines, and who stands in front of their callers, may want to know. */
const PASSED_HEADERS = [
  'authorization',
  'mixin-conversation-id',
  'user-agent',
  FORWARDED_HEADER,
  MONITOR_HEADER,
] as const;

/** @returns those of a request's headers that go to the engine */
export function passedOf(headers: IncomingHttpHeaders): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = headers[name];
    if (typeof value === 'string') passed[name] = value;
  }
  return passed;
}
