/**
 * One measure by itself, without the report: `npm run build`, `npx tsc -b tsconfig.tools.json`, then
 * `node node_modules/.cache/tools/bench/measures/command-line.js MEASURE [options]`. Prints the result as JSON.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chooseCores, pinThisProcess } from '../machine.js';
import { type RunningSfu, SFUS } from '../sfu/sfu.js';
import { measureCapacity } from './capacity.js';
import { measureCost } from './cost.js';
import { measureJoins, measureStorm } from './joins.js';
import { CAPACITY_SHARES, measureLatency } from './latency.js';
import { MESH, ROOMS_OF_TEN } from './load-shape.js';
import { measureMemory } from './memory.js';
import type { MeasureContext } from './rooms.js';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const SETTLE_MS = 2000;
const LIMIT = 1_500_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sfu: { type: 'string', default: 'kraken-ts' },
    shape: { type: 'string', default: 'mesh' },
    size: { type: 'string', default: '50' },
    first: { type: 'string', default: '60000' },
    capacity: { type: 'string', default: '200000' },
    seconds: { type: 'string', default: '5' },
    joins: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '64' },
    participants: { type: 'string', default: '200,1000' },
    sending: { type: 'string', default: '200' },
  },
});

const cores = chooseCores();
const context: MeasureContext = { cores, sampleShare: 0.01, pollSeconds: 3, seed: 1, warmUpSeconds: 2 };
const shape = values.shape === 'rooms' ? ROOMS_OF_TEN : MESH;
const seconds = Number(values.seconds);
const order = { joins: Number(values.joins), concurrency: Number(values.concurrency), roomSize: 10 };

async function start(): Promise<RunningSfu> {
  const sfu = SFUS.find(({ name }) => name === values.sfu);
  if (sfu === undefined) throw new Error(`no SFU ${values.sfu}`);
  const folder = path.join(ROOT, 'artifacts/bench', sfu.name);
  const running = await sfu.start({ root: ROOT, folder, core: cores.engine });
  await sleep(SETTLE_MS);
  return running;
}

async function withSfu(action: (sfu: RunningSfu) => Promise<unknown>): Promise<unknown> {
  const sfu = await start();
  try {
    return await action(sfu);
  } finally {
    await sfu.stop();
  }
}

const MEASURES: Readonly<Record<string, () => Promise<unknown>>> = {
  cost: () =>
    withSfu((sfu) => {
      const scenario = { name: shape.name, rooms: shape.roomsOf(Number(values.size)) };
      return measureCost(sfu, scenario, context, seconds);
    }),
  capacity: () => {
    const first = Number(values.first);
    const options = { shape, first, limit: LIMIT, seconds, confirmSeconds: 3 * seconds };
    return withSfu((sfu) => measureCapacity(sfu, options, context));
  },
  latency: () => {
    const options = { shape, capacity: Number(values.capacity), shares: CAPACITY_SHARES, seconds };
    return withSfu((sfu) => measureLatency(sfu, options, context));
  },
  joins: () => withSfu((sfu) => measureJoins(sfu, { ...order, staying: 100 }, context)),
  storm: () => {
    const rooms = shape.roomsOf(Number(values.size));
    const options = { rooms, order: { ...order, staying: order.joins }, quietSeconds: seconds };
    return withSfu((sfu) => measureStorm(sfu, options, context));
  },
  memory: () => {
    const numbers = (list: string) => (list === '' ? [] : list.split(',').map(Number));
    const [silent, sending] = [numbers(values.participants), numbers(values.sending)];
    const options = { silent, sending, churn: order.joins, churnReadings: 8, settleSeconds: seconds };
    return measureMemory(start, options, context);
  },
};

const measure = MEASURES[positionals[0] ?? ''];
if (measure === undefined) throw new Error(`one of ${Object.keys(MEASURES).join(', ')} is expected`);
pinThisProcess(cores.generator);
console.log(JSON.stringify(await measure(), null, 1));
