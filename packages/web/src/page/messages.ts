/** What people are told when something goes wrong, and when a call is over. */
import type { CallErrorCode, EndedReason } from '@kraken/client';

export interface Message {
  readonly title: string;
  /** What to do about it. */
  readonly text: string;
}

export interface Ending extends Message {
  /** What the button says that joins again. */
  readonly again: string;
}

const FAILURES: Readonly<Record<Exclude<CallErrorCode, 'permission-denied' | 'refused'>, Message>> = {
  'no-microphone': {
    title: 'No microphone was found.',
    text: 'Plug one in and try again, or only listen.',
  },
  'microphone-busy': {
    title: 'The microphone cannot be used.',
    text: 'Another program may hold it. Close that program or choose another microphone, or only listen.',
  },
  'insecure-page': {
    title: 'The microphone needs a secure page.',
    text: 'Browsers allow it at addresses that begin with https://, and on localhost. You can only listen here.',
  },
  unsupported: {
    title: 'This browser is too old for calls.',
    text: 'Update it, or open this page in a current Chrome, Edge, Firefox or Safari.',
  },
  'room-full': {
    title: 'The room is full.',
    text: 'Try again when somebody has left.',
  },
  'not-allowed': {
    title: 'You are not allowed in this room.',
    text: 'Ask whoever invited you.',
  },
  token: {
    title: 'This link does not let you in.',
    text: 'It may be too old, or for another room. Ask whoever invited you for a new one.',
  },
  unreachable: {
    title: 'The server does not answer.',
    text: 'Check your connection and try again. If others get through, a firewall may be in the way.',
  },
  aborted: { title: 'You did not join.', text: 'Join whenever you like.' },
};

const ENDINGS: Readonly<Record<EndedReason, Ending>> = {
  left: { title: 'You left the call.', text: 'The others can go on without you.', again: 'Join again' },
  displaced: {
    title: 'You joined somewhere else.',
    text: 'Another tab or device has taken your seat.',
    again: 'Continue here',
  },
  removed: {
    title: 'You were removed from the call.',
    text: 'The operator has done that. For a minute you cannot come back.',
    again: 'Try again',
  },
  'room-closed': {
    title: 'The room was closed.',
    text: 'The operator has ended the call for everybody.',
    again: 'Try again',
  },
  refused: {
    title: 'You are not allowed in this room.',
    text: 'Ask whoever invited you.',
    again: 'Try again',
  },
  'room-full': {
    title: 'The room is full.',
    text: 'Your seat was taken while you were away. Try again when somebody has left.',
    again: 'Try again',
  },
  unreachable: {
    title: 'The connection is lost.',
    text: 'The server could not be reached for a long time. Check your network.',
    again: 'Join again',
  },
};

/**
 * @param reason what the server said, where it refused
 * @param userAgent the browser's, since each keeps its permissions elsewhere
 */
export function failureMessage(code: CallErrorCode, reason: string, userAgent: string): Message {
  if (code === 'permission-denied') {
    return { title: 'The microphone is blocked.', text: `${permissionHelp(userAgent)} Or only listen.` };
  }
  if (code === 'refused') {
    return {
      title: 'The server cannot take you just now.',
      text: `Try again in a moment. It says: ${reason}`,
    };
  }
  return FAILURES[code];
}

export function endingMessage(reason: EndedReason): Ending {
  return ENDINGS[reason];
}

function permissionHelp(userAgent: string): string {
  if (/iPhone|iPad/.test(userAgent)) {
    return 'Tap the symbol left of the address, then Website Settings, and allow the microphone.';
  }
  if (/Firefox\//.test(userAgent)) {
    return 'Click the crossed-out microphone beside the address, remove the block, and try again.';
  }
  if (/Chrome\//.test(userAgent)) {
    return 'Click the symbol left of the address, allow the microphone, and try again.';
  }
  if (/Safari\//.test(userAgent)) {
    return 'Choose Safari, Settings for This Website, allow the microphone, and try again.';
  }
  return 'Allow it in the browser’s address bar, and try again.';
}
