import type { Readable } from 'node:stream';

/** What another daemon has answered, in the same form: it goes through as it is, octet by octet. */
export class RelayedResponse {
  /**
   * @param status of HTTP
   * @param body whole, or as it comes; whoever takes the response reads it or destroys it
   * @param length of the body in octets, where it is known
   */
  constructor(
    readonly status: number,
    readonly body: Buffer | Readable,
    readonly length: number | null,
  ) {}
}
