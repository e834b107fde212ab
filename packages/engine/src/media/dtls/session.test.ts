import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { generateCertificate } from './certificate.js';
import { DtlsContext } from './context.js';
import { InMemoryPair, type PairOptions, pairOptions } from './testing/in-memory-pair.js';

const serverCertificate = await generateCertificate();
const clientCertificate = await generateCertificate();
const serverContext = new DtlsContext(serverCertificate);
const clientContext = new DtlsContext(clientCertificate);
const options = pairOptions(serverContext, clientContext, serverCertificate, clientCertificate);
const pairs: InMemoryPair[] = [];

function newPair(changes: Partial<PairOptions> = {}): InMemoryPair {
  const pair = new InMemoryPair({ ...options, ...changes });
  pairs.push(pair);
  return pair;
}

afterEach(() => {
  for (const pair of pairs.splice(0)) pair.close();
});

afterAll(() => {
  serverContext.free();
  clientContext.free();
});

describe('DtlsSession', () => {
  it('connects both roles with the same keys', () => {
    const pair = newPair().connect();
    expect(pair.states()).toBe('connected/connected');
    const [server] = pair.server.keys;
    const [client] = pair.client.keys;
    expect(server?.local).toEqual(client?.remote);
    expect(server?.remote).toEqual(client?.local);
    expect(server?.local.masterKey).toHaveLength(16);
    expect(server?.local.masterSalt).toHaveLength(14);
    expect(server?.local).not.toEqual(server?.remote);
  });
});
