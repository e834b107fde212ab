import dgram from 'node:dgram';
import { afterEach, describe, expect, test } from 'vitest';
import { hasBatchedCalls, type LibC, loadLibC, SO_RCVBUF } from './libc.js';
import { findCappedBuffers, openSocket, readReceiveDrops, SOCKET_BUFFER } from './media-socket.js';

const PORTS = Array.from({ length: 50 }, () => 20_000 + Math.floor(Math.random() * 30_000));

describe.runIf(hasBatchedCalls())('a media socket', () => {
  let calls: LibC;
  let descriptor = -1;
  afterEach(() => {
    calls.close(descriptor);
  });

  function open(faked: Partial<LibC> = {}): number {
    calls = { ...loadLibC(), ...faked };
    for (const port of PORTS) {
      try {
        descriptor = openSocket(calls, 'IPv4', '127.0.0.1', port);
        return port;
      } catch {}
    }
    throw new Error('no port is free');
  }

  test('tells which of its buffers the system made smaller than was asked', () => {
    const real = loadLibC();
    open({
      // The kernel caps the receive buffer at 200 KiB, and tells twice that.
      getsockopt: (socket, level, name, value, length) => {
        real.getsockopt(socket, level, name, value, length);
        new DataView(value.buffer).setUint32(0, name === SO_RCVBUF ? 409_600 : 2 * SOCKET_BUFFER, true);
        return 0;
      },
    });
    expect(findCappedBuffers(calls, descriptor)).toEqual([
      { sysctl: 'net.core.rmem_max', granted: 204_800, wanted: SOCKET_BUFFER },
    ]);
  });

  test('of which nothing is known is not said to be capped, nor to have lost anything', () => {
    open({ getsockopt: () => -1 });
    expect(findCappedBuffers(calls, descriptor)).toEqual([]);
    expect(readReceiveDrops(calls, descriptor)).toBe(0);
  });

  test('counts what came while its buffer was full', async () => {
    const port = open();
    expect(readReceiveDrops(calls, descriptor)).toBe(0);
    const peer = dgram.createSocket('udp4');
    const datagram = Buffer.alloc(32_000);
    const send = () => new Promise((resolve) => peer.send(datagram, port, '127.0.0.1', resolve));
    for (let octets = 0; octets < 3 * SOCKET_BUFFER; octets += datagram.length) await send();
    peer.close();
    expect(readReceiveDrops(calls, descriptor)).toBeGreaterThan(0);
  });
});
