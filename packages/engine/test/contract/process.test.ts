/** The engine as a process while people are in a call: what it logs and how it ends. */
import { afterEach, expect, test, vi } from 'vitest';
import { loadOffer } from '../../src/sdp/fixtures/load.js';
import { ContractEngine } from './contract-engine.js';
import { offerOf } from './sdp.js';
import { WrtcParticipant } from './wrtc-participant.js';

const TURN_SECRET = 'turn-secret-4711';
/** How long an orderly end may take, in milliseconds. */
const CLOSE_TIMEOUT = 5_000;

let participants: WrtcParticipant[] = [];
afterEach(() => {
  for (const participant of participants) participant.close();
  participants = [];
});

async function startCall() {
  const engine = await ContractEngine.start(
    `[turn]\nhost = "turn.example.org:3478"\nsecret = "${TURN_SECRET}"`,
  );
  const [alice, bob] = ['alice', 'bob'].map((uid) => new WrtcParticipant(engine, 'room', uid));
  if (alice === undefined || bob === undefined) throw new Error('two people make a call');
  participants.push(alice, bob);
  await alice.speak();
  await bob.speak();
  for (const [one, other] of [
    [alice, 'bob'],
    [bob, 'alice'],
  ] as const) {
    const hearsOther = async () => {
      await one.poll();
      return one.hears().includes(other);
    };
    await vi.waitUntil(hearsOther, { timeout: 15_000, interval: 50 });
  }
  return { engine, alice, bob };
}

/** Credentials and keys in a description of either side. */
function secretsIn(sdp: string): string[] {
  return [...sdp.matchAll(/^a=(?:ice-ufrag|ice-pwd|fingerprint):(.*)\r$/gm)].map(([, value = '']) => value);
}

test('the log has one JSON line per event, and neither SDP nor secrets', async () => {
  const { engine, alice, bob } = await startCall();
  const turn = await engine.call('turn', 'alice');
  const { sdp } = await engine.call('publish', 'room', 'carol', offerOf(loadOffer('firefox-microphone')));
  const published = await engine.codeOf(
    'publish',
    'room',
    'dave',
    '{"type":"offer","sdp":"v=0\\r\\na=ice-pwd:x"}',
  );
  expect(published).toBe(5001001);
  await alice.restart();
  const secrets = [alice, bob].flatMap(({ jsep }) => secretsIn(JSON.parse(jsep).sdp));
  await alice.end();
  const { stdout, stderr, exitCode } = await engine.stop();
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^Kraken engine: open http:\S+\n$/);
  expect(secrets.length).toBeGreaterThan(0);
  const kept = [...secrets, ...secretsIn(sdp.sdp), TURN_SECRET, ...turn.map(({ credential }) => credential)];
  for (const secret of [...kept, 'a=ice', 'ufrag', 'v=0', 'm=audio']) expect(stdout).not.toContain(secret);

  const lines: Record<string, unknown>[] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const eventsOf = ({ cid }: WrtcParticipant) =>
    lines
      .filter((line) => line.cid === cid)
      .map(({ msg, reason }) => (reason === undefined ? msg : `${msg}: ${reason}`));
  expect(eventsOf(alice)).toEqual([
    'peer published',
    'transport connected',
    'media started',
    'ICE restarted',
    'peer left: ended',
  ]);
  expect(eventsOf(bob)).toEqual([
    'peer published',
    'transport connected',
    'media started',
    'peer left: shutdown',
  ]);
  expect(lines.map(({ msg }) => msg)).toEqual(
    expect.arrayContaining(['engine started', 'engine closing', 'engine closed']),
  );
});

test('SIGTERM during a call ends it in order within five seconds', async () => {
  const { engine } = await startCall();
  const startedAt = performance.now();
  const { exitCode, stdout } = await engine.stop();
  expect(exitCode).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(CLOSE_TIMEOUT);
  expect(stdout).toContain('engine closed');
});
