import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PostOptions, type PostOutcome, post } from './post.js';
import { resolveByDns, resolveBySystem } from './resolve-host.js';
import { Application } from './testing/application.js';

const BODY = '{"rid":"r"}';
const UNANSWERED = { kind: 'unanswered' };

let application: Application;
beforeAll(async () => {
  application = await Application.start();
});
beforeEach(() => application.reset());
afterAll(() => application.stop());

function postTo(url: string, options: Partial<PostOptions> = {}): Promise<PostOutcome> {
  const { trusted } = application;
  return post(new URL(url), BODY, {}, { allowPrivate: true, resolve: resolveBySystem, trusted, ...options });
}

describe('a host that may be called', () => {
  test('gets the body as JSON by POST, and answers its status', async () => {
    let received = '';
    application.handler = (request, response) => {
      received = `${request.method} ${request.url} ${request.headers['content-type']} `;
      request.on('data', (chunk) => {
        received += chunk;
      });
      request.on('end', () => response.end('anything'));
    };
    expect(await postTo(application.url('localhost'))).toEqual({ kind: 'answered', status: 200 });
    expect(received).toBe(`POST /hook application/json ${BODY}`);
  });

  test('a redirect is an answer, and not followed', async () => {
    application.handler = (_request, response) =>
      response.writeHead(302, { location: application.url('localhost') }).end();
    expect(await postTo(application.url('localhost'))).toEqual({ kind: 'answered', status: 302 });
    expect(application.requests).toBe(1);
  });

  test('a connection that breaks is no answer', async () => {
    application.handler = (request) => request.socket.destroy();
    expect(await postTo(application.url('localhost'))).toEqual(UNANSWERED);
  });

  test('no answer in time is no answer', async () => {
    application.handler = () => {};
    expect(await postTo(application.url('localhost'), { timeout: 100 })).toEqual(UNANSWERED);
    expect(application.requests).toBe(1);
  }, 5_000);

  test('a look-up that does not end in time is no answer', async () => {
    const resolve = () => new Promise<never>(() => {});
    expect(await postTo(application.url('localhost'), { timeout: 100, resolve })).toEqual(UNANSWERED);
  }, 5_000);

  test('a body without end is not read', async () => {
    let written = 0;
    const broken = new Promise<void>((fulfil) => {
      application.handler = async (_request, response) => {
        response.on('close', fulfil);
        while (!response.destroyed) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) await Promise.race([once(response, 'drain'), broken]);
        }
      };
    });
    expect(await postTo(application.url('localhost'))).toEqual({ kind: 'answered', status: 200 });
    await broken;
    expect(written).toBeLessThan(16 * 1_024 * 1_024);
  }, 5_000);

  test('a change of the protocol is no answer', async () => {
    application.handler = ({ socket }) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: any\r\n\r\n');
    expect(await postTo(application.url('localhost'))).toEqual(UNANSWERED);
  }, 5_000);

  test('a status that there is not is no answer', async () => {
    application.handler = ({ socket }) => socket.end('HTTP/1.1 000 None\r\n\r\n');
    expect(await postTo(application.url('localhost'))).toEqual(UNANSWERED);
  }, 5_000);

  test('a long header is no answer', async () => {
    application.handler = (_request, response) => response.setHeader('long', 'x'.repeat(10_000)).end();
    expect(await postTo(application.url('localhost'))).toEqual(UNANSWERED);
  });

  test('a certificate that is not trusted is no answer, and nothing is told', async () => {
    const { trusted: _, ...options } = { trusted: '', allowPrivate: true, resolve: resolveBySystem };
    expect(await post(new URL(application.url('localhost')), BODY, {}, options)).toEqual(UNANSWERED);
    expect(application.requests).toBe(0);
  });

  test('is connected to at the address that was checked: its name is resolved once', async () => {
    const answers = ['127.0.0.1', '192.0.2.1'];
    const resolve = async () => [{ address: answers.shift() ?? '', family: 4 }];
    const outcome = await postTo(application.url('hook.example'), { resolve });
    expect(outcome).toEqual({ kind: 'answered', status: 200 });
    expect(answers).toEqual(['192.0.2.1']);
  });
});

describe('a host of the private network is not called', () => {
  test.each([
    ['localhost'],
    ['a.localhost'],
    ['127.0.0.1'],
    ['2130706433'],
    ['0x7f.1'],
    ['[::ffff:127.0.0.1]'],
    ['[::1]'],
    ['0.0.0.0'],
  ])('by its name, by its address in any notation, or through IPv6: %s', async (host) => {
    const options = { allowPrivate: false, resolve: resolveByDns };
    expect(await postTo(application.url(host), options)).toEqual({ kind: 'forbidden' });
    expect(application.requests).toBe(0);
  });

  test('by a name that leads there', async () => {
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    const outcome = await postTo(application.url('hook.example'), { allowPrivate: false, resolve });
    expect(outcome).toEqual({ kind: 'forbidden' });
    expect(application.requests).toBe(0);
  });
});

test('what is not https is not called', async () => {
  expect(await postTo('http://localhost/')).toEqual({ kind: 'forbidden' });
});
