import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openScene, SIZES, setScheme } from './app-page.js';
import { SCENES } from './app-scenes.js';
import { AppServer } from './app-server.js';
import { Cleanup, startChromium } from './test-room.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];
const SCREENSHOTS = join(import.meta.dirname, '../artifacts/screenshots');
const SCHEMES = ['light', 'dark'] as const;

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

declare global {
  interface Window {
    axe: {
      run(options: {
        readonly runOnly: readonly string[];
      }): Promise<{ readonly violations: readonly Violation[] }>;
    };
  }
}

const file = new Cleanup();
const each = new Cleanup();
let chromium: Browser;
let app: AppServer;

beforeAll(async () => {
  app = await AppServer.start();
  file.defer(() => app.stop());
  chromium = await startChromium(file);
});
afterEach(() => each.run());
afterAll(() => file.run());

/** @param rules axe's, or its groups of them */
async function graveViolations(page: Page, rules: readonly string[]): Promise<readonly string[]> {
  const run = (runOnly: readonly string[]) => window.axe.run({ runOnly });
  const { violations } = await page.evaluate(run, rules);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`);
}

async function photograph(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewport(viewport);
    for (const scheme of SCHEMES) {
      await setScheme(page, scheme);
      await page.screenshot({ path: `${SCREENSHOTS}/${name}-${size}-${scheme}.png` });
    }
  }
}

test.each(SCENES.filter(({ isScreen }) => isScreen === true))(
  'nothing serious keeps anybody from using the app: $name',
  async (scene) => {
    const page = await openScene(each, chromium, app.url, scene);
    await page.evaluate(AXE);
    expect(await graveViolations(page, RULES)).toEqual([]);
    await setScheme(page, 'dark');
    expect(await graveViolations(page, ['color-contrast'])).toEqual([]);
  },
);

/** For people to look at: `SCREENSHOTS=all npx vitest run --project interop interop/app-screens.test.ts`. */
if (process.env.SCREENSHOTS === 'all') {
  test.each(SCENES)('this is what it looks like: $name', async (scene) => {
    await photograph(await openScene(each, chromium, app.url, scene), scene.name);
  });
}
