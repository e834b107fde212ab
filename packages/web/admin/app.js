import { fetchOverview, RefusedError, UnreachableError } from './api.js';
import { setAttribute, setText } from './dom.js';
import { showAnswering, showLocked, showRefused, showSilent } from './notices.js';
import { OverviewView } from './overview-view.js';
import { RoomView } from './room-view.js';
import { RoomsView } from './rooms-view.js';
import { showTokenForm } from './token-form.js';

const REFRESH_INTERVAL = 2_000;
/** How often views that do not tell of the engine itself ask for that, ms. */
const ENGINE_INTERVAL = 10_000;
const UNAUTHORIZED = 401;

const main = document.getElementById('main');
const engineLine = document.getElementById('engine');
let view = null;
let timer;
let engine = null;
let engineAt = Number.NEGATIVE_INFINITY;

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `#/`, `#/rooms`, `#/rooms/<rid>` and `#/rooms/<rid>/<uid>`. */
function route() {
  const [, tab = '', rid, uid] = location.hash.split('/');
  if (tab !== 'rooms') return { tab: 'overview', make: () => new OverviewView(main) };
  if (!rid) return { tab, make: () => new RoomsView(main) };
  const [room, participant] = [rid, uid].map((part) => (part ? decode(part) : null));
  return { tab, make: () => new RoomView(main, room, participant) };
}

function open() {
  const { tab, make } = route();
  view = make();
  document.title = `${view.title} · Kraken operator`;
  for (const link of document.querySelectorAll('.tabs a')) {
    setAttribute(link, 'aria-current', link.dataset.view === tab ? 'page' : null);
  }
  return refresh();
}

/** Only one view refreshes at a time, and only while somebody can see it. */
async function refresh() {
  clearTimeout(timer);
  const current = view;
  if (current === null) return;
  try {
    const told = await current.refresh();
    if (told !== null) showEngine(told);
    else if (performance.now() - engineAt > ENGINE_INTERVAL) showEngine((await fetchOverview()).engine);
    if (current !== view) return;
    showAnswering(engine.state === 'draining');
  } catch (error) {
    if (current !== view) return;
    if (error instanceof RefusedError && error.status === UNAUTHORIZED) {
      lock();
      return;
    }
    if (error instanceof RefusedError) showRefused(`The engine refuses: ${error.message}.`);
    else if (error instanceof UnreachableError) showSilent();
    else reportError(error);
  }
  if (!document.hidden) timer = setTimeout(refresh, REFRESH_INTERVAL);
}

function showEngine(told) {
  engine = told;
  engineAt = performance.now();
  setText(engineLine, `version ${engine.version}`);
}

function lock() {
  view = null;
  document.body.classList.add('locked');
  showLocked();
  showTokenForm(main, () => {
    document.body.classList.remove('locked');
    void open();
  });
}

addEventListener('hashchange', () => {
  if (document.body.classList.contains('locked')) return;
  void open();
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void refresh();
});

void open();
