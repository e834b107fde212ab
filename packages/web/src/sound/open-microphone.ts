import {
  type CallError,
  InsecurePageError,
  MicrophoneBusyError,
  NoMicrophoneError,
  PermissionDeniedError,
} from '@kraken/client';

/**
 * @param deviceId an empty text for the browser's own choice, which is also taken when the device has gone
 * @throws CallError as joining would
 */
export async function openMicrophone(deviceId: string): Promise<MediaStreamTrack> {
  if (navigator.mediaDevices === undefined) throw new InsecurePageError();
  try {
    const audio = deviceId === '' ? true : { deviceId };
    const [track] = (await navigator.mediaDevices.getUserMedia({ audio })).getAudioTracks();
    if (track === undefined) throw new NoMicrophoneError();
    return track;
  } catch (error) {
    throw callError(error);
  }
}

/** Media Capture and Streams, section 10.2.2. */
function callError(error: unknown): CallError {
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
