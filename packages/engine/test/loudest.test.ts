/** A room that forwards only those who speak, on two workers, with Google's WebRTC library. */
import { parseConfig, type RunningEngine, startEngine } from '@kraken/engine';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { EngineClient } from './contract/engine-client.js';
import { WrtcParticipant } from './contract/wrtc-participant.js';

const LOUDEST = 2;
const SPEAKERS = ['ann', 'ben', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal'];

let engine: RunningEngine;
const participants = new Map<string, WrtcParticipant>();

afterEach(async () => {
  for (const participant of participants.values()) participant.close();
  participants.clear();
  await engine.close();
});

/** From here on these sound, and the others are silent. */
function sound(...uids: readonly string[]): void {
  for (const [uid, participant] of participants) participant.sound(uids.includes(uid));
}

function untilHears(listener: WrtcParticipant, ...uids: readonly string[]): Promise<unknown> {
  return vi.waitUntil(() => listener.hears().join() === uids.join(), { timeout: 10_000, interval: 50 });
}

/** The media of who came last may be on its way still. */
function untilOffered(listener: WrtcParticipant): Promise<unknown> {
  const isOffered = async () => {
    await listener.poll();
    return listener.streams.size === SPEAKERS.length;
  };
  return vi.waitUntil(isOffered, { timeout: 10_000, interval: 50 });
}

test('of eight who publish, a listener hears exactly those who speak, and loses nothing', async () => {
  const config = parseConfig(
    `[engine]\ninterface = "lo"\nworkers = 2\nspread-room-at = 4\n[rpc]\nhost = "127.0.0.1"\nport = 0\n[room]\nloudest = ${LOUDEST}`,
    'engine.toml',
  );
  engine = await startEngine(config, pino({ level: 'silent' }));
  const client = new EngineClient(engine.url);
  for (const uid of SPEAKERS) {
    const participant = new WrtcParticipant(client, 'room', uid);
    participants.set(uid, participant);
    participant.sound(false);
    await participant.speak();
  }
  const listener = new WrtcParticipant(client, 'room', 'listener');
  participants.set('listener', listener);
  await listener.listen();
  await untilOffered(listener);
  for (const pair of [['ann', 'hal'], ['ben', 'hal'], ['ben', 'gus'], ['cat']]) {
    sound(...pair);
    await untilHears(listener, ...pair);
  }
  const { received, lost } = await listener.reception();
  expect(received).toBeGreaterThan(100);
  expect(lost).toBe(0);
});
