const OPUS = /^a=rtpmap:(\d+) opus\/48000\/2\r\n/gim;

/**
 * Lists generic NACK for Opus, RFC 4585 section 6.2.1. Browsers send again what is asked for, and ask for what they miss,
 * as soon as the other side lists it, but do not list it themselves.
 *
 * @param sdp as the browser wrote it
 * @returns what the server is sent
 */
export function announceNack(sdp: string): string {
  return sdp.replace(OPUS, (line, payloadType: string) => {
    const feedback = `a=rtcp-fb:${payloadType} nack\r\n`;
    return sdp.includes(feedback) ? line : `${line}${feedback}`;
  });
}
