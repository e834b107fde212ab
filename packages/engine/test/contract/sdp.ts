/** What the tests need of descriptions: offers as browsers write them, and answers to the engine's offers. */
import { parse } from 'sdp-transform';

/** @returns the JSON that clients pass to publish and restart */
export function offerOf(sdp: string): string {
  return JSON.stringify({ type: 'offer', sdp });
}

/** @returns the m-lines as `kind:direction`, or `kind:rejected` */
export function shapeOf(sdp: string): string[] {
  return parse(sdp).media.map(
    ({ type, port, direction }) => `${type}:${port === 0 ? 'rejected' : direction}`,
  );
}

/** @returns the payload type of Opus in each m-line that has it */
export function opusPayloadTypes(sdp: string): number[] {
  return [...sdp.matchAll(/a=rtpmap:(\d+) opus\/48000\/2\r\n/g)].map(([, payloadType]) =>
    Number(payloadType),
  );
}

/** @returns both halves of each `a=msid`, in the order of the m-lines */
export function msidsOf(sdp: string): { readonly stream: string; readonly track: string }[] {
  return [...sdp.matchAll(/^a=msid:(\S+) (\S+)\r$/gm)].map(([, stream = '', track = '']) => ({
    stream,
    track,
  }));
}
