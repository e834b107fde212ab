import { expect, test } from 'vitest';
import { decode, recordTones } from './opus-loopback.js';
import { toneOf, tonesIn } from './tones.js';

test('recorded Opus packets of a tone, decoded by another peer, sound like that tone', async () => {
  const tones = [toneOf(0), toneOf(7), toneOf(19)];
  const recordAndDecode = async () => {
    const recordings = await recordTones(tones);
    const sounds = await decode(recordings.map(({ payloads }) => payloads));
    return sounds.map((sound) => tonesIn(sound));
  };
  // Both go by the clock, and whatever else the machine does may disturb them.
  await expect.poll(recordAndDecode, { timeout: 60_000 }).toEqual(tones.map((tone) => [tone]));
});

test('packets of two publishers in one stream are heard as more than one tone', async () => {
  const [one, other] = await recordTones([toneOf(1), toneOf(9)]);
  const mixed = (one?.payloads ?? []).map((payload, index) =>
    index % 4 < 2 ? payload : (other?.payloads[index] ?? payload),
  );
  const [sound] = await decode([mixed]);
  expect(sound === undefined ? [] : tonesIn(sound)).not.toEqual([toneOf(1)]);
});
