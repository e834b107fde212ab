import { setText } from './dom.js';

const dialog = document.getElementById('confirm');
const accept = document.getElementById('confirm-do');

document.getElementById('confirm-cancel').addEventListener('click', () => dialog.close(''));
accept.addEventListener('click', () => dialog.close('do'));

/** Asks before something is done that cannot be undone. @returns whether it is to be done */
export function confirm({ title, text, action }) {
  setText(document.getElementById('confirm-title'), title);
  setText(document.getElementById('confirm-text'), text);
  setText(accept, action);
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((fulfil) => {
    dialog.addEventListener('close', () => fulfil(dialog.returnValue === 'do'), { once: true });
  });
}
