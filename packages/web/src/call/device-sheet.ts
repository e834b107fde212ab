import { type Call, CallError, devices } from '@kraken/client';
import { byId } from '../page/elements.js';
import { failureMessage } from '../page/messages.js';
import { remember, remembered } from '../page/preferences.js';
import { DeviceList } from '../sound/device-list.js';
import { LevelBar } from '../sound/level-bar.js';
import { canChooseOutput, TestSound } from '../sound/test-sound.js';
import { Sheet } from './sheet.js';

/** Other devices, in the middle of a call. */
export class DeviceSheet {
  readonly #call: Call;
  readonly #microphones = new DeviceList(byId('call-microphone', HTMLSelectElement), 'Microphone', false);
  readonly #outputs = new DeviceList(byId('call-output', HTMLSelectElement), 'Speaker');
  readonly #bar = new LevelBar(byId('call-level', HTMLElement));
  readonly #problem = byId('device-problem', HTMLElement);
  readonly #testSound = new TestSound();

  constructor(call: Call, signal: AbortSignal) {
    this.#call = call;
    const button = byId('devices', HTMLButtonElement);
    const dialog = byId('device-sheet', HTMLDialogElement);
    const sheet = new Sheet(dialog, () => call.removeEventListener('levels', this.#showLevel), signal);
    const on = (target: EventTarget, type: string, action: () => void): void =>
      target.addEventListener(type, action, { signal });
    on(button, 'click', async () => {
      call.addEventListener('levels', this.#showLevel, { signal });
      await this.#list();
      sheet.open(button);
    });
    on(byId('device-close', HTMLButtonElement), 'click', () => dialog.close());
    on(byId('call-microphone', HTMLSelectElement), 'change', () => this.#changeMicrophone());
    on(byId('call-output', HTMLSelectElement), 'change', () => this.#changeOutput());
    on(byId('call-test', HTMLButtonElement), 'click', () => this.#test());
    if (navigator.mediaDevices) on(navigator.mediaDevices, 'devicechange', () => this.#list());
  }

  readonly #showLevel = (): void => this.#bar.show(this.#call.me.level);

  /** Who only listens has no microphone to change. */
  async #list(): Promise<void> {
    this.#tell('');
    const hasMicrophone = this.#call.me.stream !== null;
    byId('call-microphone-field', HTMLElement).hidden = !hasMicrophone;
    byId('call-listening', HTMLElement).hidden = hasMicrophone;
    if (navigator.mediaDevices === undefined) return;
    const { microphones, outputs } = await devices();
    const [track] = this.#call.me.stream?.getAudioTracks() ?? [];
    this.#microphones.show(microphones, track?.getSettings().deviceId ?? '');
    this.#outputs.show(canChooseOutput() ? outputs : [], remembered('output'));
    byId('call-output', HTMLSelectElement).hidden = !this.#outputs.hasChoice;
  }

  async #changeMicrophone(): Promise<void> {
    const { deviceId } = this.#microphones;
    await this.#attempt(() => this.#call.setMicrophone(deviceId));
    remember('microphone', deviceId);
  }

  async #changeOutput(): Promise<void> {
    const { deviceId } = this.#outputs;
    await this.#attempt(() => this.#call.setOutput(deviceId));
    remember('output', deviceId);
  }

  async #attempt(change: () => Promise<void>): Promise<void> {
    this.#tell('');
    try {
      await change();
    } catch (error) {
      if (!(error instanceof CallError)) this.#tell('The browser does not play there.');
      else if (error.code !== 'aborted') {
        const { title, text } = failureMessage(error.code, error.message, navigator.userAgent);
        this.#tell(`${title} ${text}`);
      }
    }
  }

  async #test(): Promise<void> {
    await this.#testSound
      .play(this.#outputs.deviceId)
      .catch(() => this.#tell('The browser did not play the sound.'));
  }

  #tell(problem: string): void {
    this.#problem.hidden = problem === '';
    this.#problem.textContent = problem;
  }
}
