import { expect, test } from 'vitest';
import { OptionError } from '../option-values.js';
import { BAD_NETWORKS } from './conditions.js';
import { parseNetworksOptions } from './options.js';
import { RECOVERY, VARIANTS } from './variants.js';

test('without options everything is measured, for the documentation', () => {
  expect(parseNetworksOptions([])).toMatchObject({
    isFull: true,
    networks: BAD_NETWORKS,
    variants: VARIANTS,
    rounds: 3,
  });
});

test('networks are chosen by a part of their name, variants by their name', () => {
  const options = parseNetworksOptions(['--only', 'jitter', '--variant', 'with recovery']);
  expect(options?.networks.map(({ name }) => name)).toEqual(['200 ms jitter', '200 ms jitter, overtaking']);
  expect(options).toMatchObject({ isFull: false, variants: [RECOVERY] });
});

test('the page is written all the same when that is asked for', () => {
  expect(parseNetworksOptions(['--rounds', '1', '--write'])).toMatchObject({ isFull: true, rounds: 1 });
});

test('netem takes one network at a time', () => {
  expect(parseNetworksOptions(['--netem', '--at-once', '3'])?.atOnce).toBe(1);
});

test.each([
  [['--only', 'none'], /--only none: no network is called so; there are: no loss; 1% loss/],
  [['--variant', 'none'], /--variant none: there are forwarding alone/],
  [['--rounds', '1.5'], /--rounds 1.5: expected an integer/],
  [['--seconds', '0'], /--seconds 0: expected a number above 0/],
  [['--nothing'], /--nothing/],
])('%j is refused', (args, message) => {
  expect(() => parseNetworksOptions(args)).toThrow(OptionError);
  expect(() => parseNetworksOptions(args)).toThrow(message);
});
