import { text } from 'node:stream/consumers';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CallbackOptions, Callbacks, MAX_ATTEMPTS } from './callbacks.js';
import { resolveBySystem } from './resolve-host.js';
import { signatureOf } from './signature.js';
import { Application } from './testing/application.js';

const BODY = { rid: 'r', uid: 'u', cid: 'c', action: 'ontrack' } as const;
const SECRET = 'a secret that the application has';

let application: Application;
beforeAll(async () => {
  application = await Application.start();
});
beforeEach(() => application.reset());
afterAll(() => application.stop());

function callbacks(options: Partial<CallbackOptions> = {}): Callbacks {
  const { trusted } = application;
  return new Callbacks({
    allowPrivate: true,
    secret: SECRET,
    now: Date.now,
    trusted,
    backOff: 5,
    ...options,
  });
}

function notify(by: Callbacks, isWanted = () => true, host = 'localhost'): Promise<boolean> {
  return by.notify(application.url(host), BODY, isWanted);
}

/** Has the application answer these, one after the other. */
function answer(...statuses: readonly number[]): void {
  const left = [...statuses];
  application.handler = (_request, response) => response.writeHead(left.shift() ?? 500).end();
}

test('200 is yes', async () => {
  expect(await notify(callbacks())).toBe(true);
});

test.each([201, 204, 302, 403, 500])('%i is no, at once', async (status) => {
  answer(status, 200);
  expect(await notify(callbacks())).toBe(false);
  expect(application.requests).toBe(1);
});

describe('what is no answer of the application', () => {
  test.each([429, 502, 503, 504])('as %i is, is tried again', async (status) => {
    answer(status, 200);
    expect(await notify(callbacks())).toBe(true);
    expect(application.requests).toBe(2);
  });

  test('as a connection that breaks, is tried again, later each time, and not forever', async () => {
    const times: number[] = [];
    application.handler = (request) => {
      times.push(performance.now());
      request.socket.destroy();
    };
    expect(await notify(callbacks({ backOff: 40 }))).toBe(false);
    expect(times).toHaveLength(3);
    const [first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThan(25);
    expect(third - second).toBeGreaterThan(100);
  });

  test('is not tried again for who has left', async () => {
    answer(503, 503, 200);
    let isThere = true;
    application.handler = (_request, response) => {
      isThere = false;
      response.writeHead(503).end();
    };
    expect(await notify(callbacks(), () => isThere)).toBe(false);
    expect(application.requests).toBe(1);
  });
});

describe('what is posted', () => {
  async function received(options: Partial<CallbackOptions>): Promise<{ header: unknown; body: string }[]> {
    const requests: { header: unknown; body: string }[] = [];
    application.handler = async (request, response) => {
      requests.push({ header: request.headers['kraken-signature'], body: await text(request) });
      response.writeHead(requests.length === 1 ? 503 : 200).end();
    };
    expect(await notify(callbacks(options))).toBe(true);
    return requests;
  }

  test('is signed, each time with the time', async () => {
    let seconds = 1_700_000_000;
    const requests = await received({ now: () => 1_000 * seconds++ + 999 });
    const body = JSON.stringify(BODY);
    expect(requests).toEqual([
      { header: signatureOf(SECRET, body, 1_700_000_000), body },
      { header: signatureOf(SECRET, body, 1_700_000_001), body },
    ]);
  });

  test('is not signed without a secret', async () => {
    expect((await received({ secret: null }))[0]?.header).toBeUndefined();
  });
});

test('callbacks beyond the limits are no, and cost nothing', async () => {
  application.handler = (_request, response) => response.writeHead(503).end();
  const limits = { running: 1, runningPerHost: 1, held: 2, heldPerHost: 2 };
  const bounded = callbacks({ limits, backOff: 1 });
  const answers = [notify(bounded), notify(bounded), notify(bounded)];
  expect(await answers[2]).toBe(false);
  expect(application.requests).toBe(0);
  await Promise.all(answers);
  expect(application.requests).toBe(2 * MAX_ATTEMPTS);
});

test.each(['http://localhost/', 'no url', '', 'https://'])('%j is no', async (url) => {
  expect(await callbacks().notify(url, BODY, () => true)).toBe(false);
});

test('the metrics tell how callbacks ended, and name no host', async () => {
  const by = callbacks();
  answer(200, 403, 503, 503, 503);
  for (let count = 0; count < 3; count++) await notify(by);
  await notify(by, () => false);
  await notify(callbacks({ allowPrivate: false, resolve: resolveBySystem }));
  const registry = new Registry();
  by.describeMetrics(registry);
  const metrics = await registry.metrics();
  for (const line of [
    'kraken_callbacks_total{outcome="welcome"} 1',
    'kraken_callbacks_total{outcome="refused"} 1',
    'kraken_callbacks_total{outcome="unanswered"} 1',
    'kraken_callbacks_total{outcome="abandoned"} 1',
    'kraken_callbacks_total{outcome="overfull"} 0',
    'kraken_callback_repetitions_total 2',
    'kraken_callbacks_held 0',
  ]) {
    expect(metrics).toContain(`${line}\n`);
  }
  expect(metrics).not.toContain('localhost');
});
