import type { Call, JoinOptions } from './api.js';
import { KrakenCall } from './call.js';
import { AbortedError, UnsupportedError } from './errors.js';
import { makeUid, tabId, uidOfToken } from './identity.js';
import { AccessToken } from './signalling/access-token.js';

/**
 * Enters a room.
 * @returns the call, with media flowing; it keeps itself alive until `leave`
 * @throws CallError what keeps the person out; `code` and class tell what it is
 */
export async function join(options: JoinOptions): Promise<Call> {
  if (typeof RTCPeerConnection === 'undefined') throw new UnsupportedError('WebRTC');
  const { signal } = options;
  if (signal?.aborted === true) throw new AbortedError(signal.reason);
  const token = new AccessToken(options.token);
  let call: KrakenCall | null = null;
  let abort = (): void => {};
  // The browser may be asking the user for the microphone, which nothing can take back.
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      call?.leave();
      reject(new AbortedError(signal?.reason));
    };
  });
  signal?.addEventListener('abort', abort);
  try {
    const uid = uidOfToken(await Promise.race([token.get(), aborted]));
    call = new KrakenCall(options, baseOf(options.url), uid ?? newUid(options), token);
    await Promise.race([call.enter(options.microphone), aborted]);
    return call;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function newUid({ id, name }: JoinOptions): string {
  return makeUid(id ?? tabId(), name);
}

/** Calls go to a folder, beside which the socket is. */
function baseOf(url: string | URL): string {
  const base = new URL(url, location.href);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base.href;
}
