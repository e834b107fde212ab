/**
 * Stands in for the SDK in tests of the app's looks: the real one, but for `join`, whose call does what the test says.
 * Plain JavaScript: it is served as it is.
 */
import { CallError } from './real-kraken-client.js';

export * from './real-kraken-client.js';

/** Before the page's scripts run, a test may set the code of the error that joining fails with. */
const FAILURE = 'scriptedFailure';

function newParticipant(uid, state) {
  return {
    uid,
    name: uid,
    muted: false,
    silenced: false,
    permissions: { publish: true, subscribe: true },
    speaking: false,
    publishing: true,
    stream: new MediaStream(),
    level: 0,
    quality: 'good',
    volume: 1,
    ...state,
  };
}

/** What `join` gives, with nobody behind it. */
class ScriptedCall extends EventTarget {
  state = 'connected';
  participants = new Map();

  constructor({ room, name, microphone, muted }) {
    super();
    this.room = room;
    this.me = newParticipant('me', { name, muted, stream: microphone === false ? null : new MediaStream() });
  }

  get muted() {
    return this.me.muted || this.me.stream === null;
  }

  mute() {
    this.change(this.me, { muted: true });
  }

  async unmute() {
    this.change(this.me, { muted: false });
  }

  async setMicrophone() {}

  async setOutput() {}

  async resumeAudio() {}

  leave() {
    this.end('left');
  }

  /** From here on it is the test that calls. */
  tell(type, detail) {
    this.dispatchEvent(Object.assign(new Event(type), detail));
  }

  add(name, state) {
    const participant = newParticipant(name, state);
    this.participants.set(name, participant);
    this.tell('joined', { participant });
  }

  remove(name) {
    const participant = this.participants.get(name);
    this.participants.delete(name);
    this.tell('left', { participant, reason: 'ended' });
  }

  change(participant, state) {
    Object.assign(participant, state);
    for (const type of ['updated', 'speaking', 'quality', 'levels']) this.tell(type, { participant });
  }

  enter(state) {
    this.state = state;
    this.tell('state', { state });
  }

  end(reason) {
    this.enter('ended');
    this.tell('ended', { reason, error: null });
  }
}

export async function join(options) {
  const code = window[FAILURE];
  if (code !== undefined) throw new CallError(code, '5003101: the monitor has just started');
  window.scriptedCall = new ScriptedCall(options);
  return window.scriptedCall;
}
