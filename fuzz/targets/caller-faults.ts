import { RpcError } from '@kraken/protocol';
import { promise } from '../target.js';

/** Longest description of a fault: it goes back to who caused it, and into logs. */
const MAX_DESCRIPTION = 1_000;
const CONTROL = /\p{Cc}/u;

/**
 * @returns what the call gives, or null when it finds fault with what the caller sent
 * @throws whatever else it throws, or when the fault's description could do harm
 */
export function withoutCallerFaults<Result>(call: () => Result): Result | null {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    promise(error.message.length <= MAX_DESCRIPTION, 'descriptions of faults are short');
    promise(!CONTROL.test(error.message), 'descriptions of faults are one line');
    return null;
  }
}
