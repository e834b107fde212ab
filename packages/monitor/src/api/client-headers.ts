/** Tells engines whom a request comes from, in headers that take the place of those that came. */
import type { IncomingHttpHeaders } from 'node:http';
import { FORWARDED_HEADER } from '@kraken/edge/gate/gate';
import { MONITOR_HEADER, proofOfMonitor } from '@kraken/edge/gate/monitor-proof';

export class ClientHeaders {
  readonly #proof: string;

  /** @param secret that the engines know, too */
  constructor(secret: string) {
    this.#proof = proofOfMonitor(secret);
  }

  /**
   * @param headers of a request, which are changed
   * @param client its address; null when it comes from a program on this machine
   */
  write(headers: IncomingHttpHeaders, client: string | null): void {
    headers[MONITOR_HEADER] = this.#proof;
    if (client === null) delete headers[FORWARDED_HEADER];
    else headers[FORWARDED_HEADER] = client;
  }
}
