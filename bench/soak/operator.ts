/** An administrator of all rooms: changes what guests may do, and takes them out. */
import { SignallingClient } from '@kraken/load/signalling-client';
import { accessToken } from '../../interop/access-token.js';
import type { Chance } from './chance.js';
import type { GuestPlace } from './guest.js';

const TOKEN_LIFETIME_SECONDS = 600;

export class Operator {
  readonly #url: string;
  readonly #secret: string;

  constructor(url: string, secret: string) {
    this.#url = url;
    this.#secret = secret;
  }

  async permit({ rid, uid }: GuestPlace, chance: Chance): Promise<void> {
    await this.#call('permit', [rid, uid, { publish: chance.is(0.7), subscribe: chance.is(0.7) }]);
  }

  async silence({ rid, uid }: GuestPlace, silenced: boolean): Promise<void> {
    await this.#call('silence', [rid, uid, silenced]);
  }

  async remove({ rid, uid }: GuestPlace): Promise<void> {
    await this.#call('remove', [rid, uid]);
  }

  async loudest({ rid, uid }: GuestPlace, cid: string, loudest: number): Promise<void> {
    await this.#call('loudest', [rid, uid, cid, loudest]);
  }

  /** Each time over a connection of its own, with a token of its own. */
  async #call(method: string, params: readonly unknown[]): Promise<void> {
    const claims = { administer: true };
    const client = new SignallingClient(this.#url, accessToken(this.#secret, claims, TOKEN_LIFETIME_SECONDS));
    try {
      await client.call(method, params);
    } finally {
      client.close();
    }
  }
}
