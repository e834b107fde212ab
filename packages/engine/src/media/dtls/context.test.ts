import koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { generateCertificate } from './certificate.js';
import { DtlsContext } from './context.js';
import { DtlsSession } from './session.js';
import { InMemoryPair, preparePairs } from './testing/in-memory-pair.js';

const ignore = () => undefined;
const silent = { fingerprints: [], send: ignore, onConnected: ignore, onClosed: ignore };

describe('DtlsContext', () => {
  it('refuses bytes that are no certificate, and a key that is not its own', async () => {
    const { certificate, privateKey } = await generateCertificate();
    const other = await generateCertificate();
    const garbage = new Uint8Array(100).fill(0x30);
    const callbacks = koffi.stats().callbacks;
    expect(() => new DtlsContext({ certificate: garbage, privateKey })).toThrow(
      /^DTLS context: certificate: .+$/,
    );
    expect(() => new DtlsContext({ certificate, privateKey: garbage })).toThrow(
      /^DTLS context: private key: .+$/,
    );
    expect(() => new DtlsContext({ certificate, privateKey: other.privateKey })).toThrow(
      'DTLS context: private key: key values mismatch',
    );
    expect(koffi.stats().callbacks).toBe(callbacks);
  });

  it('gives its callback back when it is freed, once', async () => {
    const certificate = await generateCertificate();
    const callbacks = koffi.stats().callbacks;
    const context = new DtlsContext(certificate);
    expect(koffi.stats().callbacks).toBe(callbacks + 1);
    context.free();
    context.free();
    expect(koffi.stats().callbacks).toBe(callbacks);
  });

  it('makes no session when it is freed', async () => {
    const context = new DtlsContext(await generateCertificate());
    context.free();
    expect(() => new DtlsSession(context, { role: 'server', ...silent })).toThrow(
      'the DTLS context is freed',
    );
  });

  it('lives on until its last handshake is over', async () => {
    const callbacks = koffi.stats().callbacks;
    const options = await preparePairs();
    const pair = new InMemoryPair(options);
    pair.client.session.start();
    options.serverContext.free();
    options.clientContext.free();
    expect(koffi.stats().callbacks).toBe(callbacks + 2);
    pair.pump();
    expect(pair.states()).toBe('connected/connected');
    expect(koffi.stats().callbacks).toBe(callbacks);
    pair.client.session.close();
    pair.pump();
    expect(pair.server.closed).toEqual([{ reason: 'dtls-closed', detail: 'the peer sent close_notify' }]);
  });

  it('serves many sessions at once', async () => {
    const options = await preparePairs();
    const pairs = Array.from({ length: 50 }, () => new InMemoryPair(options));
    for (const pair of pairs) pair.client.session.start();
    for (let turn = 0; turn < 8; turn++) {
      for (const { queue, ...pair } of pairs) {
        const next = queue.shift();
        if (next !== undefined) pair[next.to].session.receive(next.bytes, 0, next.bytes.length);
      }
    }
    for (const pair of pairs) expect(pair.pump().states()).toBe('connected/connected');
    expect(new Set(pairs.map((pair) => String(pair.server.keys[0]?.local.masterKey))).size).toBe(50);
    for (const pair of pairs) pair.close();
    options.serverContext.free();
    options.clientContext.free();
  });
});
