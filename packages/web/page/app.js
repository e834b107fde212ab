import { Call } from './call.js';
import { CallScreen } from './call-screen.js';
import { escapeId, makeUid } from './identity.js';
import { Lobby } from './lobby.js';
import { Loudness } from './loudness.js';
import { MicrophoneError, openMicrophone } from './microphone.js';
import { isPassing, ROOM_FULL, Rpc, RpcError } from './rpc.js';

const NOTICES = {
  left: { title: 'You left the call.', text: 'Join again whenever you like.' },
  displaced: {
    title: 'You joined somewhere else.',
    text: 'Another tab took your seat. Join again to continue here.',
  },
  'room-full': { title: 'The room is full.', text: 'Try again when somebody has left.' },
  unavailable: { title: 'The server cannot take you just now.', text: 'Try again in a moment.' },
  unreachable: {
    title: 'The server does not answer.',
    text: 'Check your connection and try again.',
  },
};

const rpc = new Rpc(new URL('.', document.baseURI));
const lobby = new Lobby(join);
let call = null;
let loudness = null;

function noticeFor(error) {
  if (error instanceof MicrophoneError) {
    return { title: error.title, text: `${error.text} Then join again, or only listen.` };
  }
  if (!(error instanceof RpcError)) return NOTICES.unreachable;
  if (error.code === ROOM_FULL) return NOTICES['room-full'];
  if (isPassing(error)) return NOTICES.unavailable;
  return { title: 'The server refused.', text: error.message };
}

/** Shared by all calls of the page: browsers allow only a few audio contexts. */
function startLoudness() {
  loudness ??= new Loudness();
  loudness.resume();
}

function putRoomIntoAddress(room) {
  const url = new URL(location.href);
  url.searchParams.set('room', room);
  history.replaceState(null, '', url);
}

async function join({ room, name, listen }) {
  let microphone = null;
  try {
    startLoudness();
    microphone = listen ? null : await openMicrophone();
    call = new Call({ rpc, room: escapeId(room), uid: makeUid(name), microphone });
    await call.join();
  } catch (error) {
    call = null;
    microphone?.stop();
    lobby.notify(noticeFor(error));
    return;
  }
  putRoomIntoAddress(room);
  const screen = new CallScreen({ call, room, name, loudness });
  call.addEventListener('ended', ({ detail }) => {
    call.microphone?.stop();
    call = null;
    screen.close();
    lobby.show(NOTICES[detail.reason]);
  });
}

addEventListener('pagehide', () => call?.leave());

/** For tests of this page. */
Object.defineProperty(window, 'krakenCall', { get: () => call });

lobby.show(null);
