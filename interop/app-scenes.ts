import type { Page } from 'puppeteer-core';

/** A state of the web app on a scripted SDK. */
export interface Scene {
  readonly name: string;
  /** There is much in it that is in no other scene: it is looked through for what would keep people out. */
  readonly isScreen?: boolean;
  /** The browser has not been asked for the microphone yet. */
  readonly isFirstVisit?: boolean;
  /** The page came by plain HTTP from another machine. */
  readonly isInsecure?: boolean;
  /** Code of the error that joining fails with. */
  readonly failure?: string;
  /** From the form, which has been filled in, to the state. */
  readonly prepare: (page: Page) => Promise<unknown>;
}

/** What agent/scripted-client.js makes of a call. */
interface ScriptedCall {
  readonly me: object;
  readonly participants: ReadonlyMap<string, object>;
  add(name: string, state?: object): void;
  change(participant: object | undefined, state: object): void;
  remove(name: string): void;
  enter(state: string): void;
  end(reason: string): void;
  tell(type: string, detail: object): void;
}

declare global {
  interface Window {
    scriptedFailure?: string | undefined;
    scriptedCall?: ScriptedCall;
  }
}

const NAMES = [
  'Bob Marsh',
  'Carla Núñez',
  'Dmitri Volkov',
  'Eve',
  'Li Wei',
  'Fatima Al-Sayed',
  'Maximilian Freiherr von Hohenstein-Überlingen',
] as const;

/** Joins, with others who are there already. */
export function join(people: number, button: '#join' | '#listen' = '#join') {
  return async (page: Page): Promise<void> => {
    await page.locator(button).click();
    await page.waitForSelector('#call:not([hidden])');
    const names = Array.from({ length: people - 1 }, (_, i) => NAMES[i] ?? `Guest ${i + 1}`);
    await page.evaluate((others) => {
      for (const name of others) window.scriptedCall?.add(name);
    }, names);
  };
}

async function converse(page: Page, people: number): Promise<void> {
  await join(people)(page);
  await page.evaluate(() => {
    const call = window.scriptedCall;
    const [bob, carla, dmitri, eve] = [...(call?.participants.values() ?? [])];
    call?.change(bob, { speaking: true, level: 0.8 });
    if (carla) call?.change(carla, { muted: true });
    if (dmitri) call?.change(dmitri, { publishing: false });
    if (eve) call?.change(eve, { quality: 'fair', volume: 0 });
  });
}

async function quarrel(page: Page): Promise<void> {
  await converse(page, 8);
  await page.evaluate(() => {
    const call = window.scriptedCall;
    const others = [...(call?.participants.values() ?? [])];
    call?.change(others[4], { silenced: true });
    call?.change(others[5], { quality: 'poor' });
    call?.change(call.me, { speaking: true, level: 0.5 });
    call?.remove('Maximilian Freiherr von Hohenstein-Überlingen');
  });
}

/** Something happens in a conversation of three. */
function then(act: (page: Page) => Promise<unknown>) {
  return async (page: Page): Promise<void> => {
    await converse(page, 3);
    await act(page);
  };
}

function enter(state: string) {
  return then((page) => page.evaluate((next) => window.scriptedCall?.enter(next), state));
}

function end(reason: string) {
  return then((page) => page.evaluate((why) => window.scriptedCall?.end(why), reason));
}

function tell(type: string, detail: object) {
  return then((page) => page.evaluate((...event) => window.scriptedCall?.tell(...event), type, detail));
}

async function openSheet(page: Page, button: string, sheet: string): Promise<void> {
  await page.hover('.tile:nth-child(2)');
  await page.locator(button).click();
  await page.waitForSelector(`${sheet}[open]`);
}

/** A refusal, which the form tells of. */
async function fail(page: Page): Promise<void> {
  await page.locator('#join').click();
  await page.waitForSelector('#notice:not([hidden])');
}

export const SCENES: readonly Scene[] = [
  { name: 'prejoin-first-visit', isScreen: true, isFirstVisit: true, prepare: async () => {} },
  { name: 'prejoin-insecure', isScreen: true, isInsecure: true, prepare: async () => {} },
  { name: 'prejoin', isScreen: true, prepare: (page) => page.locator('#test-sound').click() },
  { name: 'prejoin-denied', isScreen: true, failure: 'permission-denied', prepare: fail },
  { name: 'prejoin-room-full', failure: 'room-full', prepare: fail },
  { name: 'prejoin-refused', failure: 'refused', prepare: fail },
  { name: 'call-1', isScreen: true, prepare: join(1) },
  { name: 'call-2', prepare: (page) => converse(page, 2) },
  { name: 'call-3-muted', prepare: then((page) => page.locator('#mute').click()) },
  { name: 'call-8', isScreen: true, prepare: quarrel },
  { name: 'call-30', prepare: (page) => converse(page, 30) },
  { name: 'call-listening', isScreen: true, prepare: join(2, '#listen') },
  { name: 'call-reconnecting', isScreen: true, prepare: enter('reconnecting') },
  { name: 'call-unanswered', prepare: enter('unanswered') },
  { name: 'call-blocked', isScreen: true, prepare: tell('audio-blocked', {}) },
  { name: 'call-unplugged', prepare: tell('microphone', { state: 'none' }) },
  {
    name: 'call-devices',
    isScreen: true,
    prepare: then((page) => openSheet(page, '#devices', '#device-sheet')),
  },
  {
    name: 'call-volume',
    isScreen: true,
    prepare: then((page) => openSheet(page, '.tile:nth-child(2) .tile-volume', '#volume-sheet')),
  },
  ...['left', 'displaced', 'removed', 'room-closed', 'room-full', 'unreachable'].map((reason) => ({
    name: `ended-${reason}`,
    isScreen: reason === 'removed',
    prepare: end(reason),
  })),
];
