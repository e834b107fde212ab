/** The web app: a form, a call, and what became of it, one after the other. */
import { AbortedError, type Call, CallError, join } from '@kraken/client';
import { CallScreen } from './call/call-screen.js';
import { EndedScreen } from './ended/ended-screen.js';
import { claimsOf, takeToken } from './page/access-token.js';
import { addressOf } from './page/room-address.js';
import { type Choice, PrejoinScreen } from './prejoin/prejoin-screen.js';

const token = takeToken();
const prejoin = new PrejoinScreen({ onJoin: enter }, claimsOf(token));
const ended = new EndedScreen({
  onAgain: async (choice) => {
    prejoin.show();
    await prejoin.join(choice);
  },
  onElsewhere: () => prejoin.show(),
});

async function enter(choice: Choice, signal: AbortSignal): Promise<void> {
  try {
    const { room, name, listen, muted, microphone } = choice;
    const call = await join({
      url: new URL('.', document.baseURI),
      room,
      name,
      microphone: listen ? false : microphone === '' ? {} : { deviceId: microphone },
      muted,
      slots: 'auto',
      ...(token === null ? {} : { token }),
      signal,
    });
    prejoin.hide();
    begin(call, choice);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (!(error instanceof AbortedError)) prejoin.fail(error);
  }
}

function begin(call: Call, choice: Choice): void {
  history.replaceState(null, '', addressOf(choice.room, location.href));
  const screen = new CallScreen(call, token === null);
  call.addEventListener('ended', ({ reason }) => {
    screen.close();
    ended.show(reason, choice);
  });
  // A device that has gone since it was chosen is no reason to be without sound.
  if (choice.output !== '') call.setOutput(choice.output).catch(() => {});
}

prejoin.show();
