import { recordScene } from './scene.js';
import { LEVELS, packetsOf } from './stream.js';

/** Utterances of the conversation that is kept. */
const TEXTS = 4;

/** @returns what two voices say, as audio levels of RFC 6464 in hexadecimal, for tests of the engine */
export function levelsFile(): string {
  const voices = recordScene(TEXTS, 0).map(({ name, sound, utterances }) => {
    const levels = packetsOf(sound, LEVELS).map(({ level }) => level ?? 0);
    return { name, utterances, levels: Buffer.from(levels).toString('hex') };
  });
  return `${JSON.stringify({ madeBy: 'npm run speech', voices }, null, 2)}\n`;
}
