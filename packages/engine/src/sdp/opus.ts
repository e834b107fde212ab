/**
 * What the engine says about Opus. What a description says of it is what its author wants to get (RFC 7587 section 7),
 * and the engine gets for others and decodes nothing. So it repeats to each peer the peer's own wishes where they steer
 * an encoder: who asks for discontinuous transmission (`usedtx`) or a bitrate (`maxaveragebitrate`) may send like that.
 * It always asks for in-band FEC, the only loss repair that needs no engine. What one subscriber wishes for is not
 * passed on to publishers: for one who asks for 20 kbit/s all others would hear less.
 */

/** `a=rtpmap` encoding of Opus, RFC 7587 section 7. */
export const OPUS_ENCODING = 'opus/48000/2';
/** The payload type that the engine takes when the peer's first offer names none; browsers' own choice. */
export const DEFAULT_OPUS_PAYLOAD_TYPE = 111;

const ENGINE_PARAMETERS = ['minptime=10', 'useinbandfec=1'] as const;
/** Parameters of RFC 7587 section 6.1 that are taken over from the peer. */
const REPEATED_PARAMETERS = new Set([
  'cbr',
  'maxaveragebitrate',
  'maxplaybackrate',
  'maxptime',
  'ptime',
  'sprop-stereo',
  'stereo',
  'usedtx',
]);
const PARAMETER = /^([a-z-]+)=(\d{1,7})$/;

/**
 * @param remote value of the peer's `a=fmtp` for Opus, without the payload type; empty when it has none
 * @returns the value that the engine writes
 */
export function opusParameters(remote: string): string {
  const repeated = new Map<string, string>();
  for (const parameter of remote.split(';')) {
    const [, name, value] = PARAMETER.exec(parameter.trim()) ?? [];
    if (name !== undefined && value !== undefined && REPEATED_PARAMETERS.has(name)) {
      repeated.set(name, `${name}=${value}`);
    }
  }
  return [...ENGINE_PARAMETERS, ...repeated.values()].join(';');
}
