import puppeteer, { type Browser, type BrowserContext, type Page } from 'puppeteer-core';
import type { NetworkNamespace } from './network-namespace.js';
import { programPath } from './programs.js';
import { toneOf } from './tones.js';

/** The frequency of Firefox's fake microphone in hertz: all of its pages publish this one. */
export const FIREFOX_TONE = toneOf(17);

/** Debian's wrapper script adds nothing that a headless browser needs, so what it misses is set here. */
const CHROMIUM_FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-sync',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--no-first-run',
  '--mute-audio',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
];

/** Chromium hides its addresses behind mDNS names, but gets no such names where there is no IPv4. */
const WITHOUT_MDNS = '--disable-features=WebRtcHideLocalIpsWithMdns';

/** With the permission, Firefox uses all addresses, the loopback too; when the question is merely left out, it does not. */
const ALLOWED = 1;

const FIREFOX_PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.audio.fake_frequency': FIREFOX_TONE,
  'permissions.default.microphone': ALLOWED,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'network.proxy.type': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'app.update.auto': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.enabled': false,
};

const LAUNCH_MILLISECONDS = 40_000;

/** @returns a page that shares no storage with any other page of the browser */
export async function openPage(browser: Browser): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.createBrowserContext();
  return { page: await context.newPage(), context };
}

/**
 * It is steered through a pipe, so that it needs no network in common with this process.
 * @param namespace the network that it sees; the machine's own by default
 */
export function launchChromium(namespace?: NetworkNamespace): Promise<Browser> {
  const flags = namespace === undefined ? CHROMIUM_FLAGS : [...CHROMIUM_FLAGS, WITHOUT_MDNS];
  const [program = '', ...parameters] = [...(namespace?.prefix ?? []), programPath('chromium')];
  return puppeteer.launch({
    executablePath: program,
    args: [...parameters, ...flags, '--remote-debugging-pipe', 'about:blank'],
    ignoreDefaultArgs: true,
    pipe: true,
    timeout: LAUNCH_MILLISECONDS,
    defaultViewport: null,
  });
}

export function launchFirefox(): Promise<Browser> {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: programPath('firefox'),
    headless: true,
    extraPrefsFirefox: FIREFOX_PREFERENCES,
    timeout: LAUNCH_MILLISECONDS,
  });
}
