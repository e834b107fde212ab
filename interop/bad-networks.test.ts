import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLEAN } from '../bench/networks/conditions.js';
import { measureRoom } from '../bench/networks/measure-room.js';
import { RelayedStage } from '../bench/networks/relayed-stage.js';
import { FORWARDING, RECOVERY } from '../bench/networks/variants.js';

const NETWORK = { name: '10% loss', conditions: { ...CLEAN, delay: 20, loss: 0.1 }, isRandomLoss: true };
const MILLISECONDS = 5_000;
/** Of the sound; nothing is made up on a quiet machine, and 7% where all is but forwarded. */
const MOST_CONCEALED = 0.04;

let stage: RelayedStage;
beforeAll(async () => {
  stage = await RelayedStage.set();
});
afterAll(() => stage.close());

test('at 10% loss each way Chromium gets what was lost again, and makes up next to nothing', async () => {
  const common = { network: NETWORK, seed: 1, warmUp: MILLISECONDS, duration: MILLISECONDS };
  const [forwarding, recovering] = await Promise.all([
    measureRoom(stage, { ...common, variant: FORWARDING }),
    measureRoom(stage, { ...common, variant: RECOVERY }),
  ]);
  expect(forwarding.lost).toBeGreaterThan(0.1);
  expect(recovering.lost).toBeLessThan(0.05);
  expect(recovering.concealed).toBeLessThan(MOST_CONCEALED);
});
