import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { generateCertificate } from './certificate.js';
import { DtlsContext } from './context.js';
import { loadOpenssl, type SslContext } from './openssl.js';
import { InMemoryPair, preparePairs } from './testing/in-memory-pair.js';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const openssl = loadOpenssl();

function newSslContext(): SslContext {
  const context = openssl.SSL_CTX_new(openssl.DTLS_method());
  if (context === null) throw new Error('no context');
  return context;
}

describe('memory that OpenSSL was shown', () => {
  it('may be overwritten and collected as soon as a call returns', async () => {
    const generated = await generateCertificate();
    const [certificate, privateKey] = [generated.certificate.slice(), generated.privateKey.slice()];
    const options = await preparePairs();
    const serverContext = new DtlsContext({ certificate, privateKey });
    certificate.fill(0xff);
    privateKey.fill(0xff);
    for (let count = 0; count < 5; count++) {
      const pair = new InMemoryPair({
        ...options,
        serverContext,
        serverFingerprints: [generated.fingerprint],
      });
      pair.client.session.start();
      pair.pump(({ to, bytes }) => {
        pair.deliver(to, bytes);
        bytes.fill(0xff);
        collectGarbage();
        return [];
      });
      expect(pair.states()).toBe('connected/connected');
      pair.close();
    }
    serverContext.free();
  });

  it('includes the timer callback, which outlives garbage collection', async () => {
    const options = await preparePairs({ retransmissionTimeout: 20 });
    const pair = new InMemoryPair(options);
    pair.client.session.start();
    for (let count = 0; count < 3; count++) {
      collectGarbage();
      await sleep((pair.client.session.timeout() ?? 0) + 2);
      pair.client.session.handleTimeout();
    }
    expect(pair.queue.length).toBeGreaterThan(1);
    pair.pump();
    expect(pair.states()).toBe('connected/connected');
    pair.close();
  });
});

describe("errors that others leave in the thread's queue", () => {
  it('do not make a session fail', async () => {
    const unrelated = newSslContext();
    const leaveError = () => openssl.SSL_CTX_set_cipher_list(unrelated, 'NOSUCHCIPHER');
    const pair = new InMemoryPair(await preparePairs());
    leaveError();
    pair.client.session.start();
    pair.pump(({ to, bytes }) => {
      leaveError();
      pair.deliver(to, bytes);
      leaveError();
      pair.endpoint(to).session.timeout();
      pair.endpoint(to).session.handleTimeout();
      return [];
    });
    expect(pair.states()).toBe('connected/connected');
    leaveError();
    pair.client.session.close();
    leaveError();
    pair.pump();
    expect(pair.server.closed).toEqual([{ reason: 'dtls-closed', detail: 'the peer sent close_notify' }]);
    openssl.SSL_CTX_free(unrelated);
  });
});
