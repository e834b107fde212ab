/** How a page's media travels, and how it arrives. Plain JavaScript: it is injected as it is. */

/** @returns the description with its UDP candidates at another port, and without TCP candidates */
function withMediaPort({ type, sdp }, port) {
  const elsewhere = sdp
    .replace(/^(a=candidate:\S+ \d+ udp \d+ \S+) \d+/gim, `$1 ${port}`)
    .replace(/^a=candidate:\S+ \d+ tcp .*\r\n/gim, '');
  return { type, sdp: elsewhere };
}

/** Of everything that came so far, all streams of a connection together. */
async function receptionOf(connection) {
  const entries = [...(await connection.getStats()).values()];
  const inbound = entries.filter(({ type, kind }) => type === 'inbound-rtp' && kind === 'audio');
  const outbound = entries.filter(({ type, kind }) => type === 'outbound-rtp' && kind === 'audio');
  const total = (streams, name) => streams.reduce((sum, stream) => sum + (stream[name] ?? 0), 0);
  const received = (name) => total(inbound, name);
  return {
    streams: inbound.filter(({ packetsReceived }) => packetsReceived > 0).length,
    samples: received('totalSamplesReceived'),
    concealedSamples: received('concealedSamples'),
    silentConcealedSamples: received('silentConcealedSamples'),
    jitterBufferDelay: received('jitterBufferDelay'),
    jitterBufferEmitted: received('jitterBufferEmittedCount'),
    packetsReceived: received('packetsReceived'),
    packetsLost: received('packetsLost'),
    packetsDiscarded: received('packetsDiscarded'),
    redundancyUsed: received('fecPacketsReceived') - received('fecPacketsDiscarded'),
    nacksSent: received('nackCount'),
    packetsSent: total(outbound, 'packetsSent'),
    retransmissionsSent: total(outbound, 'retransmittedPacketsSent'),
  };
}

/**
 * Has all connections that the page makes from here on send their media to a port, whoever makes them.
 * @returns a function that tells of how many there have been, and of the reception of the last one
 */
function redirect(port) {
  const connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      connections.push(this);
    }

    setRemoteDescription(description) {
      return super.setRemoteDescription(port > 0 ? withMediaPort(description, port) : description);
    }
  };
  return async () => ({ connections: connections.length, ...(await receptionOf(connections.at(-1))) });
}

window.KrakenNetwork = { receptionOf, redirect, withMediaPort };
