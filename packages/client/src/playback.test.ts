import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { UnsupportedError } from './errors.js';
import { Playback } from './playback.js';

/** Stands in for the browser's audio element. */
class FakeAudio {
  static refusal: string | null = null;
  static readonly made: FakeAudio[] = [];
  hidden = false;
  srcObject: unknown = null;
  volume = 1;
  sink = '';
  plays = 0;
  removed = false;

  constructor() {
    FakeAudio.made.push(this);
  }

  async play(): Promise<void> {
    if (FakeAudio.refusal !== null) throw new DOMException('no', FakeAudio.refusal);
    this.plays += 1;
  }

  async setSinkId(id: string): Promise<void> {
    this.sink = id;
  }

  remove(): void {
    this.removed = true;
  }
}

let blocked = 0;
let playback: Playback;

beforeEach(() => {
  FakeAudio.refusal = null;
  FakeAudio.made.splice(0);
  blocked = 0;
  vi.stubGlobal('document', { createElement: () => new FakeAudio(), body: { append() {} } });
  vi.stubGlobal('HTMLMediaElement', FakeAudio);
  vi.stubGlobal('MediaStream', class {});
  playback = new Playback(() => {
    blocked += 1;
  });
});
afterEach(() => vi.unstubAllGlobals());

test('everybody has a player of their own, which goes with them', () => {
  const [ann, again, bob] = [new MediaStream(), new MediaStream(), new MediaStream()];
  playback.play('ann', ann, 0.5);
  playback.play('ann', ann, 0.5);
  playback.play('bob', bob, 1);
  playback.play('ann', again, 0.5);
  expect(FakeAudio.made).toMatchObject([
    { hidden: true, srcObject: again, volume: 0.5, plays: 2 },
    { srcObject: bob, plays: 1 },
  ]);
  playback.setVolume('bob', 0.25);
  expect(FakeAudio.made[1]?.volume).toBe(0.25);
  playback.play('ann', null, 1);
  expect(FakeAudio.made.map(({ removed }) => removed)).toEqual([true, false]);
  playback.close();
  expect(FakeAudio.made.map(({ removed }) => removed)).toEqual([true, true]);
});

test('that the browser plays nothing is told once, and a click lets all play', async () => {
  FakeAudio.refusal = 'NotAllowedError';
  playback.play('ann', new MediaStream(), 1);
  playback.play('bob', new MediaStream(), 1);
  await expect.poll(() => blocked).toBe(1);
  expect(playback.isBlocked).toBe(true);
  FakeAudio.refusal = null;
  await playback.resume();
  expect(FakeAudio.made.map(({ plays }) => plays)).toEqual([1, 1]);
  expect(playback.isBlocked).toBe(false);
});

test('a stream that is replaced before it plays is no trouble', async () => {
  FakeAudio.refusal = 'AbortError';
  playback.play('ann', new MediaStream(), 1);
  await Promise.resolve();
  expect(playback.isBlocked).toBe(false);
});

test('the chosen output is also that of those who come later', async () => {
  playback.play('ann', new MediaStream(), 1);
  await playback.setOutput('headset');
  playback.play('bob', new MediaStream(), 1);
  expect(FakeAudio.made.map(({ sink }) => sink)).toEqual(['headset', 'headset']);
  vi.stubGlobal('HTMLMediaElement', class {});
  await expect(playback.setOutput('speaker')).rejects.toBeInstanceOf(UnsupportedError);
});
