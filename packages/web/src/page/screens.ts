import { byId } from './elements.js';

const SCREENS = ['prejoin', 'call', 'ended'] as const;

/** What fills the page: the form before a call, the call, or what became of it. */
export type Screen = (typeof SCREENS)[number];

/** @param title of the tab */
export function showScreen(screen: Screen, title: string): void {
  document.title = title;
  document.body.dataset.screen = screen;
  for (const name of SCREENS) byId(name, HTMLElement).hidden = name !== screen;
  window.scrollTo(0, 0);
}
