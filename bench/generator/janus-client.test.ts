import { afterEach, beforeEach, expect, test } from 'vitest';
import { pluginEvent, StandInJanus } from './janus.fixture.js';
import { JanusClient, JanusError, type PluginMessage } from './janus-client.js';

let janus: StandInJanus;
let client: JanusClient;
const heard: PluginMessage[] = [];
const hangups: string[] = [];
const listener = {
  onMessage: (message: PluginMessage) => heard.push(message),
  onHangup: (reason: string) => hangups.push(reason),
};

beforeEach(async () => {
  janus = await StandInJanus.start();
  client = new JanusClient(janus.url);
});

afterEach(() => {
  client.close();
  janus.close();
  heard.length = 0;
  hangups.length = 0;
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

test('handles share one session', async () => {
  expect(await client.attach('plugin', listener)).toBe(101);
  expect(await client.attach('plugin', listener)).toBe(102);
  const created = janus.calls.filter(({ body }) => body.janus === 'create');
  expect(created.map(({ path }) => path)).toEqual(['/janus']);
  expect(janus.calls.at(-1)).toMatchObject({ path: '/janus/1', body: { janus: 'attach', plugin: 'plugin' } });
});

test('an answer is taken at once or, with its description, from the long poll', async () => {
  const handle = await client.attach('plugin', listener);
  janus.answer = () => ({ atOnce: { janus: 'success', plugindata: { data: { videoroom: 'created' } } } });
  expect(await client.message(handle, { request: 'create' })).toEqual({
    data: { videoroom: 'created' },
    sdp: null,
  });
  janus.answer = () => ({ later: pluginEvent({ videoroom: 'joined' }, { type: 'answer', sdp: 'v=0' }) });
  const joined = await client.message(handle, { request: 'join' }, { type: 'offer', sdp: 'o' });
  expect(joined).toEqual({ data: { videoroom: 'joined' }, sdp: 'v=0' });
  expect(janus.calls.at(-1)).toMatchObject({
    path: `/janus/1/${handle}`,
    body: { janus: 'message', body: { request: 'join' }, jsep: { type: 'offer', sdp: 'o' } },
  });
});

test("the plugin's and Janus' own errors carry their code", async () => {
  const handle = await client.attach('plugin', listener);
  janus.answer = () => ({ later: pluginEvent({ error_code: 426, error: 'No such room' }) });
  const refused = client.message(handle, { request: 'join' });
  await expect(refused).rejects.toMatchObject({ code: 426, message: '426 No such room' });
  janus.answer = () => ({ atOnce: { janus: 'error', error: { code: 459, reason: 'No such handle' } } });
  const unknown = client.message(handle, { request: 'join' });
  await expect(unknown).rejects.toBeInstanceOf(JanusError);
  await expect(unknown).rejects.toMatchObject({ code: 459 });
});

test('what Janus says by itself goes to the handle that it is about', async () => {
  const handle = await client.attach('plugin', listener);
  janus.say({ ...pluginEvent({ publishers: [] }), sender: handle });
  janus.say({ ...pluginEvent({ publishers: [] }), sender: handle + 1 });
  janus.say({ janus: 'hangup', sender: handle, reason: 'ICE failed' });
  await until(() => hangups.length > 0);
  expect(heard).toEqual([{ data: { publishers: [] }, sdp: null }]);
  expect(hangups).toEqual(['Janus hung up: ICE failed']);
});

test('handles are told when the long poll fails', async () => {
  await client.attach('plugin', listener);
  janus.close();
  await until(() => hangups.length > 0);
  expect(hangups[0]).toContain('the long poll failed');
});
