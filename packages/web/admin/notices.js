import { setAttribute, setText } from './dom.js';
import { timeOfDay } from './format.js';

const TOAST_MILLISECONDS = 6_000;

const status = document.getElementById('status');
const alarm = document.getElementById('alarm');
const toastBox = document.getElementById('toast');
let toastTimer;
let silentSince = null;

/** Says for some seconds what has happened. */
export function toast(text) {
  clearTimeout(toastTimer);
  setText(toastBox, text);
  toastBox.hidden = false;
  toastTimer = setTimeout(() => {
    toastBox.hidden = true;
  }, TOAST_MILLISECONDS);
}

function show(state, label, text) {
  setAttribute(status, 'data-state', state);
  setText(status, label);
  setText(alarm, text);
  alarm.hidden = text === '';
  document.body.classList.toggle('stale', state === 'silent');
}

export function showAnswering(isDraining) {
  silentSince = null;
  if (isDraining)
    show('draining', 'Draining', 'The engine drains: it takes no new rooms and ends behind its last one.');
  else show('live', 'Live', '');
}

export function showSilent() {
  silentSince ??= Date.now();
  const since = timeOfDay(silentSince);
  show('silent', 'No answer', `The engine has not answered since ${since}. What is shown is from before.`);
}

export function showRefused(text) {
  show('silent', 'Refused', text);
}

export function showLocked() {
  show('waiting', 'Locked', '');
}
