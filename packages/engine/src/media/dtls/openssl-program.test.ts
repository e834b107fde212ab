import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { generateCertificate } from './certificate.js';
import { DtlsContext } from './context.js';
import { MAXIMUM_DATAGRAM_LENGTH } from './record.js';
import { cutKeyingMaterial } from './srtp-profile.js';
import { InMemoryPair } from './testing/in-memory-pair.js';
import { OpensslProgram, PemFiles, requireOpensslProgram } from './testing/openssl-program.js';
import { UdpEndpoint } from './testing/udp-endpoint.js';

const certificate = await generateCertificate();
const peerCertificate = await generateCertificate();
const context = new DtlsContext(certificate);

const DTLS = ['-dtls1_2'];
const USE_SRTP = ['-use_srtp', 'SRTP_AES128_CM_SHA1_80'];
const EXPORT = ['-keymatexport', 'EXTRACTOR-dtls_srtp', '-keymatexportlen', '60'];
const KEYING_MATERIAL = /Keying material: ([0-9A-F]{120})/;

let peerFiles: string[] = [];
const endings: (() => void | Promise<void>)[] = [];

beforeAll(() => {
  requireOpensslProgram();
  const files = new PemFiles();
  peerFiles = files.write('peer', peerCertificate);
  return () => files.remove();
});

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

function run(...parameters: string[]): OpensslProgram {
  const program = new OpensslProgram(parameters);
  endings.push(() => program.end());
  return program;
}

async function serve(fingerprint = peerCertificate.fingerprint): Promise<UdpEndpoint> {
  const endpoint = await UdpEndpoint.open({ context, role: 'server', fingerprints: [fingerprint] });
  endings.push(() => endpoint.close());
  return endpoint;
}

function connectTo(endpoint: UdpEndpoint, ...parameters: string[]): OpensslProgram {
  return run('s_client', ...DTLS, '-connect', `127.0.0.1:${endpoint.port}`, ...parameters);
}

/** Lets the program listen, and returns it with a client of ours that has not started. */
async function listen(...parameters: string[]): Promise<{ program: OpensslProgram; client: UdpEndpoint }> {
  const program = run(
    's_server',
    ...DTLS,
    '-accept',
    '127.0.0.1:0',
    '-Verify',
    '1',
    ...peerFiles,
    ...parameters,
  );
  const port = Number(await program.printed(/ACCEPT 127\.0\.0\.1:(\d+)/));
  const client = await UdpEndpoint.open({
    context,
    role: 'client',
    fingerprints: [peerCertificate.fingerprint],
    peer: { address: '127.0.0.1', port },
  });
  endings.push(() => client.close());
  return { program, client };
}

describe('openssl s_client', () => {
  it('derives the same SRTP keys', async () => {
    const endpoint = await serve();
    const program = connectTo(endpoint, ...USE_SRTP, ...EXPORT, ...peerFiles);
    const material = Buffer.from(await program.printed(KEYING_MATERIAL), 'hex');
    expect(await endpoint.connected).toEqual(cutKeyingMaterial(new Uint8Array(material), 'server'));
    await program.printed(/(SRTP Extension negotiated, profile=SRTP_AES128_CM_SHA1_80)/);
  });

  it('may send its flights in small fragments', async () => {
    const endpoint = await serve();
    connectTo(endpoint, ...USE_SRTP, ...peerFiles, '-mtu', '256');
    await endpoint.connected;
  });

  it('sends application data, which is ignored, and says when it goes', async () => {
    const endpoint = await serve();
    const program = connectTo(endpoint, ...USE_SRTP, ...peerFiles);
    await endpoint.connected;
    program.type('hello');
    await endpoint.ignoredData;
    program.type('Q');
    expect(await endpoint.closed).toBe('dtls-closed: the peer sent close_notify');
  });

  it('cannot renegotiate', async () => {
    const endpoint = await serve();
    const program = connectTo(endpoint, ...USE_SRTP, ...peerFiles);
    await endpoint.connected;
    program.type('R');
    await program.printed(/(no renegotiation)/);
  });

  it('is refused without use_srtp', async () => {
    const endpoint = await serve();
    const program = connectTo(endpoint, ...peerFiles);
    expect(await endpoint.closed).toBe('dtls-failed: the peer did not negotiate use_srtp');
    await program.printed(/(alert handshake failure)/);
  });

  it('is refused without a certificate', async () => {
    const endpoint = await serve();
    connectTo(endpoint, ...USE_SRTP);
    expect(await endpoint.closed).toBe('dtls-failed: peer did not return a certificate');
  });

  it('is refused with another certificate than the one announced', async () => {
    const endpoint = await serve(certificate.fingerprint);
    const program = connectTo(endpoint, ...USE_SRTP, ...peerFiles);
    expect(await endpoint.closed).toBe(
      "dtls-failed: the peer's certificate matches none of its fingerprints",
    );
    await program.printed(/(alert bad certificate)/);
  });
});

describe('openssl s_server', () => {
  it('derives the same SRTP keys', async () => {
    const { program, client } = await listen(...USE_SRTP, ...EXPORT);
    client.start();
    const material = Buffer.from(await program.printed(KEYING_MATERIAL), 'hex');
    expect(await client.connected).toEqual(cutKeyingMaterial(new Uint8Array(material), 'client'));
  });

  it('may ask for a cookie first', async () => {
    const { client } = await listen(...USE_SRTP, '-listen');
    client.start();
    await client.connected;
  });

  it('is refused without use_srtp', async () => {
    const { client } = await listen();
    client.start();
    expect(await client.closed).toBe('dtls-failed: the peer did not negotiate use_srtp');
  });
});

describe('flights that are longer than a datagram', () => {
  it.each([1100, 3000, 10_000])('go out in several: a certificate of %d octets', (commentLength) => {
    const files = new PemFiles();
    const large = files.generate('large', commentLength);
    files.remove();
    const serverContext = new DtlsContext(large);
    const pair = new InMemoryPair({
      serverContext,
      clientContext: serverContext,
      serverCertificate: large,
      clientCertificate: large,
      serverFingerprints: [large.fingerprint],
      clientFingerprints: [large.fingerprint],
    });
    const lengths: number[] = [];
    pair.client.session.start();
    pair.pump(({ bytes }) => {
      lengths.push(bytes.length);
      return [bytes];
    });
    expect(pair.states()).toBe('connected/connected');
    expect(lengths.length).toBeGreaterThan(4);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(MAXIMUM_DATAGRAM_LENGTH);
    pair.close();
    serverContext.free();
  });
});
