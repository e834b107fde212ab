const CONSTRAINTS = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } };

const REASONS = {
  NotAllowedError: { title: 'The microphone is blocked.', text: 'Allow it in the browser’s address bar.' },
  NotFoundError: { title: 'No microphone was found.', text: 'Plug one in.' },
  NotReadableError: { title: 'The microphone is in use.', text: 'Close the other program that holds it.' },
  InsecureContext: { title: 'The microphone needs a secure page.', text: 'Open this page with https://.' },
};
const UNKNOWN_REASON = { title: 'The microphone does not work.', text: 'Unplug it and plug it in again.' };

/** The microphone could not be had; `title` and `text` are for the user. */
export class MicrophoneError extends Error {
  constructor(name, cause) {
    super(name, { cause });
    const { title, text } = REASONS[name] ?? UNKNOWN_REASON;
    this.title = title;
    this.text = text;
  }
}

/**
 * @returns {Promise<MediaStreamTrack>}
 * @throws {MicrophoneError}
 */
export async function openMicrophone() {
  if (!navigator.mediaDevices) throw new MicrophoneError('InsecureContext');
  try {
    const stream = await navigator.mediaDevices.getUserMedia(CONSTRAINTS);
    return stream.getAudioTracks()[0];
  } catch (error) {
    throw new MicrophoneError(error.name, error);
  }
}
