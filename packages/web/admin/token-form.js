import { hasToken, keepToken } from './api.js';
import { setText } from './dom.js';

/** Asks for the token. @param onToken called when there is one to try */
export function showTokenForm(main, onToken) {
  const form = document.getElementById('token-template').content.cloneNode(true).firstElementChild;
  const fault = form.querySelector('.token-fault');
  if (hasToken()) {
    setText(fault, 'That is not the token of this engine.');
    fault.hidden = false;
  }
  keepToken(null);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const token = form.elements.token.value.trim();
    if (token === '') return;
    keepToken(token);
    onToken();
  });
  main.replaceChildren(form);
  form.elements.token.focus();
}
