import {
  type CallError,
  InsecurePageError,
  MicrophoneBusyError,
  NoMicrophoneError,
  PermissionDeniedError,
} from './errors.js';

const DEFAULTS: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/**
 * Asks for a microphone, for a page that shows it before the call: `join` takes the track, and the page stops it.
 * @throws CallError as joining would
 */
export async function openMicrophone(constraints: MediaTrackConstraints = {}): Promise<MediaStreamTrack> {
  if (navigator.mediaDevices === undefined) throw new InsecurePageError();
  try {
    const audio = { ...DEFAULTS, ...constraints };
    const [track] = (await navigator.mediaDevices.getUserMedia({ audio })).getAudioTracks();
    if (track === undefined) throw new NoMicrophoneError();
    return track;
  } catch (error) {
    throw microphoneError(error);
  }
}

/** Media Capture and Streams, section 10.2.2. */
function microphoneError(error: unknown): CallError {
  if (error instanceof NoMicrophoneError) return error;
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return new PermissionDeniedError(error);
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new NoMicrophoneError(error);
    default:
      return new MicrophoneBusyError(error);
  }
}
