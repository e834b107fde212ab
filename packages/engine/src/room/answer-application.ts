import { RpcError } from '@kraken/protocol';
import type { RemoteOpus } from '../sdp/audio-codecs.js';
import { receives } from '../sdp/direction.js';
import type { RemoteDescription, RemoteMedia } from '../sdp/remote-description.js';
import type { AudioFormat, AudioLine, MediaLine } from './media-line.js';
import type { OfferedLine } from './publishing.js';

/**
 * Takes a client's answer as one to the newest offer. One to an older offer may have fewer m-lines, or
 * directions that no longer fit; those m-lines stay open and are offered again.
 *
 * @returns the audio m-lines that it answers
 * @throws RpcError SET_REMOTE_ANSWER when it cannot answer any offer of this connection; nothing has changed then
 */
export function applyAnswer(lines: readonly MediaLine[], answer: RemoteDescription): OfferedLine[] {
  checkAnswer(lines, answer);
  const answered: OfferedLine[] = [];
  for (const media of answer.media) {
    const line = lines[media.index];
    if (line?.type === 'audio') {
      answerLine(line, media);
      answered.push({ line, media });
    }
  }
  return answered;
}

function checkAnswer(lines: readonly MediaLine[], answer: RemoteDescription): void {
  if (answer.media.length > lines.length) {
    throw new RpcError(
      'SET_REMOTE_ANSWER',
      `the answer has ${answer.media.length} m-lines, the offer ${lines.length}`,
    );
  }
  for (const { index, mid } of answer.media) {
    if (mid !== null && mid !== lines[index]?.mid) {
      throw new RpcError('SET_REMOTE_ANSWER', `m-line ${index} has another mid than was offered`);
    }
  }
}

function answerLine(line: AudioLine, media: RemoteMedia): void {
  if (media.rejected) {
    line.stopped = true;
    line.slot.settle(false);
    return;
  }
  const hears = receives(media.direction) && media.opus !== null;
  line.slot.answer(hears);
  if (media.opus !== null && line.slot.heard !== null) {
    line.format = formatAnswered(line.format, media.opus, media.extensions.audioLevel);
  }
}

/** What the answer leaves out of the offer is not used towards the client; what it adds was not offered. */
function formatAnswered(format: AudioFormat, opus: RemoteOpus, audioLevel: number | null): AudioFormat {
  const { payloadType, redPayloadType, rtxPayloadType } = opus;
  const { repair, extensions } = format;
  return {
    ...format,
    payloadType,
    repair: {
      ...repair,
      red:
        repair.red === null || redPayloadType === null
          ? null
          : { ...repair.red, payloadType: redPayloadType },
      rtxPayloadType: repair.rtxPayloadType === null ? null : rtxPayloadType,
    },
    extensions: { ...extensions, audioLevel: audioLevel === extensions.audioLevel ? audioLevel : null },
  };
}
