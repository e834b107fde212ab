const ADJECTIVES = ['amber', 'brisk', 'calm', 'coral', 'deep', 'gentle', 'indigo', 'lunar', 'pearl', 'quiet'];
const CREATURES = [
  'cuttle',
  'dolphin',
  'heron',
  'kelp',
  'lagoon',
  'manta',
  'nautilus',
  'otter',
  'reef',
  'squid',
];
const FIRST_NUMBER = 100;
const NUMBERS = 900;

/** @returns a room's name for somebody who came without one: 90,000 there are, easily said over a telephone */
export function suggestRoom(): string {
  const [first = 0, second = 0, third = 0] = crypto.getRandomValues(new Uint32Array(3));
  const adjective = ADJECTIVES[first % ADJECTIVES.length];
  const creature = CREATURES[second % CREATURES.length];
  return `${adjective}-${creature}-${FIRST_NUMBER + (third % NUMBERS)}`;
}
