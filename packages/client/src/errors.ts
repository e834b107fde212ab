/** What can keep somebody from a call, one class each; `code` tells them apart as well. */
export type CallErrorCode =
  | 'no-microphone'
  | 'permission-denied'
  | 'microphone-busy'
  | 'insecure-page'
  | 'unsupported'
  | 'room-full'
  | 'not-allowed'
  | 'token'
  | 'unreachable'
  | 'refused'
  | 'aborted';

/** Any error of this SDK. `message` is English and for developers; `cause` is what lay behind it. */
export class CallError extends Error {
  readonly code: CallErrorCode;

  constructor(code: CallErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CallError';
    this.code = code;
  }
}

/** There is no microphone, or not the one that was asked for. */
export class NoMicrophoneError extends CallError {
  constructor(cause?: unknown) {
    super('no-microphone', 'no such microphone was found', cause);
  }
}

/** The user, or the page's Permissions-Policy, does not allow the microphone. */
export class PermissionDeniedError extends CallError {
  constructor(cause?: unknown) {
    super('permission-denied', 'the microphone is not allowed on this page', cause);
  }
}

/** Another program holds the microphone, or it does not work. */
export class MicrophoneBusyError extends CallError {
  constructor(cause?: unknown) {
    super('microphone-busy', 'the microphone is there and cannot be read', cause);
  }
}

/** Browsers give the microphone to pages of https and of localhost only. */
export class InsecurePageError extends CallError {
  constructor() {
    super('insecure-page', 'the microphone needs a page of https or localhost');
  }
}

/** The browser has no WebRTC, or something that was asked for is missing from it. */
export class UnsupportedError extends CallError {
  constructor(what: string) {
    super('unsupported', `this browser has no ${what}`);
  }
}

/** The room has as many participants as it may have, or the operator lets nobody in for now. */
export class RoomFullError extends CallError {
  constructor(cause?: unknown) {
    super('room-full', 'the room is full', cause);
  }
}

/** The application's server said no to this participant. */
export class NotAllowedError extends CallError {
  constructor(cause?: unknown) {
    super('not-allowed', 'this participant is not allowed in the room', cause);
  }
}

/** The access token is missing, invalid or expired, or does not allow this. */
export class TokenError extends CallError {
  constructor(message: string, cause?: unknown) {
    super('token', message, cause);
  }
}

/** No server answers at the URL, or no media gets through to it. */
export class UnreachableError extends CallError {
  constructor(message = 'the server does not answer', cause?: unknown) {
    super('unreachable', message, cause);
  }
}

/** The server answered, and does not carry the call out: the message holds its reason. */
export class RefusedError extends CallError {
  constructor(message: string, cause?: unknown) {
    super('refused', message, cause);
  }
}

/** The AbortSignal was aborted, or the call was left, before it was done. */
export class AbortedError extends CallError {
  constructor(cause?: unknown) {
    super('aborted', 'joining was aborted', cause);
  }
}
