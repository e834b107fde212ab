import { InsecurePageError } from './errors.js';

/** What a user may choose from. Labels are empty before the microphone has been allowed once. */
export interface Devices {
  readonly microphones: MediaDeviceInfo[];
  /** Empty where the browser lets no page choose. */
  readonly outputs: MediaDeviceInfo[];
}

/**
 * The devices of this machine. `navigator.mediaDevices` tells by `devicechange` when there are others.
 * @throws InsecurePageError
 */
export async function devices(): Promise<Devices> {
  if (navigator.mediaDevices === undefined) throw new InsecurePageError();
  const all = await navigator.mediaDevices.enumerateDevices();
  return {
    microphones: all.filter(({ kind }) => kind === 'audioinput'),
    outputs: all.filter(({ kind }) => kind === 'audiooutput'),
  };
}
