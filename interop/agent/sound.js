/** Sound in and out of a browser's page. Plain JavaScript: it is injected as it is. */

const RECORDED_MILLISECONDS = 450;
const SAMPLE_RATE_HERTZ = 48_000;
const LOOK_MILLISECONDS = 20;
/** Peak below which sound is silence, of full scale. */
const SILENCE_PEAK = 0.05;

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
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
