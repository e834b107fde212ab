import type { Browser, Page } from 'puppeteer-core';
import type { Scene } from './app-scenes.js';
import { openPage } from './browser.js';
import type { Cleanup } from './test-room.js';

export const SIZES = {
  phone: { width: 360, height: 740 },
  desktop: { width: 1280, height: 800 },
} as const;

/** Opens the app on a scripted SDK, in a state; it is closed with the rest. */
export async function openScene(
  cleanup: Cleanup,
  browser: Browser,
  url: string,
  scene: Scene,
): Promise<Page> {
  const { failure, isFirstVisit = false, isInsecure = false, prepare } = scene;
  const { page, context } = await openPage(browser);
  cleanup.defer(() => context.close());
  await page.setViewport(SIZES.desktop);
  await setScheme(page, 'light');
  await page.evaluateOnNewDocument((code) => {
    window.scriptedFailure = code;
  }, failure);
  if (isFirstVisit) await page.evaluateOnNewDocument(forgetPermission);
  if (isInsecure) await page.evaluateOnNewDocument(takeDevices);
  await page.goto(`${url}?room=blue-reef`);
  await page.locator('#name').fill('Alice Liddell');
  await prepare(page);
  return page;
}

/** Without motion, so that what is looked at is what stays. */
export async function setScheme(page: Page, value: 'light' | 'dark'): Promise<void> {
  await page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
}

/** Runs in the page. */
function forgetPermission(): void {
  navigator.permissions.query = () => Promise.reject(new TypeError('not told'));
}

/** Runs in the page: as browsers have it on pages that are not secure. */
function takeDevices(): void {
  Object.defineProperty(navigator, 'mediaDevices', { value: undefined });
}
