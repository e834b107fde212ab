/** `npm run bench:networks`: what is heard over bad networks, in a real browser. */
import { parseArgs } from 'node:util';
import { launchChromium } from '../../interop/browser.js';
import { BAD_NETWORKS } from './conditions.js';
import { measureNetwork, type NetworkResult } from './measure-network.js';

const USAGE = `Usage: npm run bench:networks -- [--seconds S] [--only TEXT]

Two who talk and one who listens in Chromium, each behind the same bad network, for each network that there is.

  --seconds S  length of each measurement (20)
  --only TEXT  networks whose name contains this
`;
const SECONDS = 20;
const MS_PER_SECOND = 1000;

/** @param args behind the program's name; @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean' }, seconds: { type: 'string' }, only: { type: 'string' } },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const seconds = Number(values.seconds ?? SECONDS);
  const networks = BAD_NETWORKS.filter(({ name }) => name.includes(values.only ?? ''));
  process.stdout.write('| network, each way | concealed | jitter buffer | packets lost | played |\n');
  process.stdout.write('| --- | ---: | ---: | ---: | ---: |\n');
  const browser = await launchChromium();
  try {
    for (const [index, { name, conditions }] of networks.entries()) {
      const result = await measureNetwork(browser, conditions, seconds * MS_PER_SECOND, 1_000 * (index + 1));
      process.stdout.write(`${rowOf(name, result)}\n`);
    }
  } finally {
    await browser.close();
  }
  return 0;
}

function rowOf(name: string, { concealed, jitterBufferDelay, lost, played }: NetworkResult): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
  return `| ${name} | ${percent(concealed)} | ${jitterBufferDelay.toFixed(0)} ms | ${percent(lost)} | ${percent(played)} |`;
}
