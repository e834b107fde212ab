/** Who speaks on a live socket: told by the header of its upgrade, or by the method `authenticate` before any other. */
import { requireRoom } from '@kraken/edge/auth/authorization';
import type { Caller } from '@kraken/edge/auth/caller';
import { type Callers, missingToken } from '@kraken/edge/auth/callers';
import { RpcError } from '@kraken/protocol';

export class SocketIdentity {
  readonly #callers: Callers;
  readonly #rid: string;
  #caller: Caller | null;

  /**
   * @param rid the room that the socket is for
   * @param caller null when the upgrade came without a token
   */
  constructor(callers: Callers, rid: string, caller: Caller | null) {
    this.#callers = callers;
    this.#rid = rid;
    this.#caller = caller;
  }

  /** Whether anybody has shown a token, though it may have expired since. */
  get isKnown(): boolean {
    return this.#caller !== null;
  }

  /** @throws RpcError TOKEN_MISSING, TOKEN_EXPIRED */
  require(): Caller {
    if (this.#caller === null) throw missingToken();
    this.#callers.requireUnexpired(this.#caller);
    return this.#caller;
  }

  /**
   * Who is known stays known when this fails.
   *
   * @param params of the method `authenticate`: the token
   * @throws RpcError as Callers.ofToken(), or NOT_PERMITTED when the token is for another room, or another user than the last
   */
  async authenticate(params: readonly unknown[]): Promise<void> {
    const caller = await this.#callers.ofToken(params[0]);
    requireRoom(caller, this.#rid);
    if (userOf(this.#caller ?? caller) !== userOf(caller)) {
      throw new RpcError(
        'NOT_PERMITTED',
        'the token is for another user than the one that the socket is for',
      );
    }
    this.#caller = caller;
  }
}

function userOf(caller: Caller): string | null {
  return caller.kind === 'granted' ? caller.grant.uid : null;
}
