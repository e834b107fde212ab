import type { SourceOfRequest } from '@kraken/edge/gate/local-request';
import { describe, expect, test } from 'vitest';
import { Access } from './access.js';

const TOKEN = 'a-token-of-sixteen-and-more';

function request(
  headers: SourceOfRequest['headers'] = {},
  more: Partial<SourceOfRequest> = {},
): SourceOfRequest {
  return {
    remoteAddress: '127.0.0.1',
    httpVersion: '1.1',
    headers: { host: 'localhost:7000', ...headers },
    ...more,
  };
}

const open = new Access(null, false);
const closed = new Access(TOKEN, false);

describe('without a token', () => {
  test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])(
    'the socket address %s is this machine',
    (remoteAddress) => {
      expect(open.refuseQuestion(request({}, { remoteAddress }))).toBeNull();
      expect(open.refusePage(request({}, { remoteAddress }))).toBeNull();
    },
  );

  test.each(['192.0.2.1', '::ffff:192.0.2.1', '::', '2001:db8::1', '', undefined])(
    'the socket address %j is not',
    (remoteAddress) => {
      expect(open.refuseQuestion(request({}, { remoteAddress }))?.status).toBe(403);
      expect(open.refusePage(request({}, { remoteAddress }))?.status).toBe(403);
    },
  );

  test.each(['localhost', 'LOCALHOST:7000', '127.0.0.1', '127.0.0.1:7000', '[::1]', '[::1]:7000'])(
    'the Host %j is a name of the loopback',
    (host) => expect(open.refuseQuestion(request({ host }))).toBeNull(),
  );

  test.each([
    'attacker.example',
    'attacker.example:7000',
    'localhost.attacker.example',
    '127.0.0.1.attacker.example',
    '127.attacker.example:7000',
    'localhost:7000:1',
    'localhost:7000@attacker.example',
    '::1',
    '',
  ])('the Host %j is none, whatever the socket address', (host) => {
    expect(open.refuseQuestion(request({ host }))?.status).toBe(403);
    expect(open.refusePage(request({ host }))?.status).toBe(403);
  });

  test.each([
    'x-forwarded-for',
    'forwarded',
    'x-real-ip',
    'via',
    'x-forwarded-host',
    'x-forwarded-port',
    'x-forwarded-by',
  ])('the header %s tells of a proxy', (name) => {
    expect(open.refuseQuestion(request({ [name]: '127.0.0.1' }))?.status).toBe(403);
    expect(open.refuseQuestion(request({ [name]: '' }))?.status).toBe(403);
  });

  test('a proxy that sets no header is known by its HTTP/1.0', () => {
    expect(open.refuseQuestion(request({}, { httpVersion: '1.0' }))?.status).toBe(403);
  });

  test('an Authorization that nothing is configured for helps nobody', () => {
    const authorization = 'Bearer ';
    expect(open.refuseQuestion(request({ authorization }, { remoteAddress: '192.0.2.1' }))?.status).toBe(403);
  });
});

describe('with a token', () => {
  const far: Partial<SourceOfRequest> = { remoteAddress: '192.0.2.1' };
  const host = 'engine.example';

  test('who shows it is let in from anywhere, through any proxy', () => {
    const authorization = `Bearer ${TOKEN}`;
    expect(closed.refuseQuestion(request({ host, authorization }, far))).toBeNull();
    expect(
      closed.refuseQuestion(request({ host, authorization, 'x-forwarded-for': '192.0.2.7' })),
    ).toBeNull();
  });

  test.each([`Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, TOKEN, `Basic ${TOKEN}`, 'Bearer ', ''])(
    '%j is refused, also on this machine',
    (authorization) => {
      expect(closed.refuseQuestion(request({ host, authorization }, far))?.status).toBe(401);
      expect(closed.refuseQuestion(request({ authorization }))?.status).toBe(401);
    },
  );

  test('this machine needs it as well, since its proxy may look like a browser on it', () => {
    expect(closed.refuseQuestion(request())?.status).toBe(401);
    expect(closed.refuseQuestion(request({ 'x-forwarded-for': '192.0.2.7' }))?.status).toBe(401);
    expect(closed.refuseQuestion(request({ host }))?.status).toBe(401);
  });

  test('the page is given to everybody, since it asks for the token', () => {
    expect(closed.refusePage(request({ host }, far))).toBeNull();
  });
});

test('where access tokens are demanded, nobody is let in without a token of the operator, nor this machine', () => {
  const guarded = new Access(null, true);
  expect(guarded.refuseQuestion(request())?.status).toBe(403);
  expect(guarded.refuseChange(request({ 'content-type': 'application/json' }))?.status).toBe(403);
  expect(guarded.refusePage(request())?.status).toBe(403);
  expect(new Access(TOKEN, true).refuseQuestion(request({ authorization: `Bearer ${TOKEN}` }))).toBeNull();
});

describe('a page of another origin', () => {
  test.each(['https://attacker.example', 'http://localhost:8080', 'http://127.0.0.1:7000', 'null', ''])(
    '%j is refused, with the token and without',
    (origin) => {
      expect(open.refuseQuestion(request({ origin }))?.status).toBe(403);
      expect(open.refusePage(request({ origin }))?.status).toBe(403);
      const authorization = `Bearer ${TOKEN}`;
      expect(closed.refuseQuestion(request({ origin, authorization }))?.status).toBe(403);
    },
  );

  test.each(['cross-site', 'same-site'])('is refused when the browser calls it %s', (site) => {
    expect(open.refuseQuestion(request({ 'sec-fetch-site': site }))?.status).toBe(403);
  });

  test('may link to the page', () => {
    expect(open.refusePage(request({ 'sec-fetch-site': 'cross-site' }))).toBeNull();
  });
});

test.each(['same-origin', 'none'])('what the browser calls %s is let in', (site) => {
  expect(open.refuseQuestion(request({ 'sec-fetch-site': site }))).toBeNull();
  expect(open.refuseQuestion(request({ origin: 'http://localhost:7000' }))).toBeNull();
});

test('behind a proxy that changes Host the browser tells that the origin is the same', () => {
  const headers = { origin: 'https://engine.example', authorization: `Bearer ${TOKEN}` };
  expect(closed.refuseQuestion(request({ ...headers, 'sec-fetch-site': 'same-origin' }))).toBeNull();
  expect(open.refuseQuestion(request({ ...headers, 'sec-fetch-site': 'same-origin' }))?.status).toBe(403);
});

test.each([
  ['application/json', null],
  ['application/json; charset=utf-8', null],
  ['text/plain', 415],
  ['application/x-www-form-urlencoded', 415],
  ['text/plain; application/json', 415],
  [undefined, 415],
])('a change with the content type %j is answered with %j', (type, status) => {
  expect(open.refuseChange(request({ 'content-type': type }))?.status ?? null).toBe(status);
});
