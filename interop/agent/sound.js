/** Sound in and out of a browser's page. Plain JavaScript: it is injected as it is. */

const RECORDED_MILLISECONDS = 450;
const SAMPLE_RATE_HERTZ = 48_000;
const LOOK_MILLISECONDS = 20;
/** Peak below which sound is silence, of full scale. */
const SILENCE_PEAK = 0.05;

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** An encoder takes as much at once; less at a time only costs more. */
const PACKET_SECONDS = 0.02;
const SPEECH_SECONDS = 12;
/** Enough for what distinguishes vowels, and cheap to make. */
const SPEECH_RATE_HERTZ = 16_000;
const HARMONICS = 14;
/** Centres of the first three formants of vowels, in hertz. */
const VOWELS = [
  [730, 1090, 2440],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
  [530, 1840, 2480],
];
const FORMANT_WIDTH_HERTZ = 120;

/** Numbers from 0 to 1, the same for the same seed. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Something like speech, as far as an encoder and a jitter buffer are concerned: syllables whose pitch falls, with the
 * formants of vowels, some behind a hiss, and pauses between sentences.
 */
function fillWithSpeech(samples, rate, random) {
  let at = 0;
  while (at < samples.length) {
    const syllables = 3 + Math.floor(6 * random());
    for (let i = 0; i < syllables; i++) {
      if (random() < 0.3) at = hiss(samples, at, 0.06 * rate, random);
      at = sing(samples, at, (0.1 + 0.15 * random()) * rate, rate, random) + Math.round(0.03 * rate);
    }
    at += Math.round((0.25 + 0.4 * random()) * rate);
  }
}

function hiss(samples, from, length, random) {
  const end = Math.min(samples.length, from + Math.round(length));
  for (let at = from; at < end; at++) samples[at] = 0.08 * (2 * random() - 1);
  return end;
}

function sing(samples, from, length, rate, random) {
  const end = Math.min(samples.length, from + Math.round(length));
  const pitch = 110 + 100 * random();
  const formants = VOWELS[Math.floor(VOWELS.length * random())];
  const weights = Array.from({ length: HARMONICS }, (_, i) =>
    Math.max(...formants.map((centre) => 1 / (1 + (((i + 1) * pitch - centre) / FORMANT_WIDTH_HERTZ) ** 2))),
  );
  let phase = 0;
  for (let at = from; at < end; at++) {
    const part = (at - from) / length;
    phase += (2 * Math.PI * pitch * (1 - 0.2 * part)) / rate;
    const sum = weights.reduce((sound, weight, i) => sound + weight * Math.sin((i + 1) * phase), 0);
    samples[at] = 0.25 * Math.sin(Math.PI * part) * sum;
  }
  return end;
}

/** Each makes a track with a tone. */
const microphones = {
  async oscillator(tone) {
    const context = new AudioContext();
    await context.resume();
    const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    const oscillator = new OscillatorNode(context, { frequency: tone });
    oscillator.connect(new GainNode(context, { gain: 0.25 })).connect(destination);
    oscillator.start();
    return { track: destination.stream.getAudioTracks()[0], stop: () => context.close() };
  },

  /** In place of the tone a number that tells one speech from another. */
  async speech(seed) {
    const context = new AudioContext({ latencyHint: PACKET_SECONDS });
    await context.resume();
    const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    const buffer = new AudioBuffer({
      length: SPEECH_SECONDS * SPEECH_RATE_HERTZ,
      sampleRate: SPEECH_RATE_HERTZ,
    });
    fillWithSpeech(buffer.getChannelData(0), SPEECH_RATE_HERTZ, randomOf(seed));
    const source = new AudioBufferSourceNode(context, { buffer, loop: true });
    source.connect(destination);
    source.start();
    return { track: destination.stream.getAudioTracks()[0], stop: () => context.close() };
  },

  /** Firefox starts no AudioContext on a machine without sound hardware, but its fake microphone works there. */
  async fake() {
    const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const [track] = stream.getAudioTracks();
    return { track, stop: () => track.stop() };
  },
};

/**
 * What a stream sounds like right now. It is recorded and read back, for that works without sound hardware as well.
 * @returns 16-bit samples of the first channel
 */
async function recordSound(stream) {
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: 128_000 });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.start();
  await pause(RECORDED_MILLISECONDS);
  if (recorder.state !== 'inactive') recorder.stop();
  await stopped;
  const recording = await new Blob(parts).arrayBuffer();
  if (!hasFrames(new Uint8Array(recording))) return { sampleRate: SAMPLE_RATE_HERTZ, samples: [] };
  const decoder = new OfflineAudioContext(1, 1, SAMPLE_RATE_HERTZ);
  const sound = await decoder.decodeAudioData(recording);
  const samples = sound.getChannelData(0).subarray(-8192);
  return {
    sampleRate: sound.sampleRate,
    samples: Array.from(samples, (sample) => Math.round(Math.max(-1, Math.min(1, sample)) * 32767)),
  };
}

/**
 * Whether there is anything to decode: of a stream that ends within 60 ms Chromium writes a WebM header and no cluster
 * (RFC 9559), which its decoder refuses.
 */
function hasFrames(recording) {
  const holds = (id, end) => {
    for (let at = 0; at < end; at++) if (id.every((octet, i) => recording[at + i] === octet)) return true;
    return false;
  };
  const isWebm = holds([0x1a, 0x45, 0xdf, 0xa3], 1);
  return recording.length > 0 && (!isWebm || holds([0x1f, 0x43, 0xb6, 0x75], recording.length));
}

/**
 * Listens to a stream from here on.
 * @returns a function that tells how long the longest silence was, in milliseconds
 */
function watchSilence(stream) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let silentSince = null;
  let longest = 0;
  const look = () => {
    analyser.getFloatTimeDomainData(samples);
    const now = performance.now();
    if (samples.some((sample) => Math.abs(sample) > SILENCE_PEAK)) silentSince = null;
    else silentSince ??= now;
    if (silentSince !== null) longest = Math.max(longest, now - silentSince);
  };
  context.resume().then(() => setInterval(look, LOOK_MILLISECONDS));
  return () => longest;
}

window.KrakenSound = { microphones, pause, recordSound, watchSilence };
