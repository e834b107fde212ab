/** The participants that a generator's options ask for. */
import type { GeneratorOptions } from './messages.js';
import { Participant, type ParticipantEnvironment } from './participant.js';

export function makeParticipants(
  options: GeneratorOptions,
  environment: ParticipantEnvironment,
): Participant[] {
  const indexByUid = new Map<string, number>();
  const publisherOf = (uid: string) => indexByUid.get(uid) ?? -1;
  const participants: Participant[] = [];
  options.rooms.forEach((room, roomIndex) => {
    const rid = roomId('room', roomIndex);
    for (let place = 0; place < room.publishers + room.listeners; place++) {
      const index = participants.length;
      const uid = `participant-${index}`;
      const isPublisher = place < room.publishers;
      if (isPublisher) indexByUid.set(uid, index);
      const { sampleShare } = options;
      participants.push(
        new Participant({ index, rid, uid, isPublisher, sampleShare, publisherOf }, environment),
      );
    }
  });
  return participants;
}

/** Several generators may use one SFU, at the same time or one after the other: their rooms are not the same. */
export function roomId(kind: string, number: number): string {
  return `bench-${process.pid}-${kind}-${number}`;
}

export function countParticipants(options: GeneratorOptions): number {
  return options.rooms.reduce((sum, { publishers, listeners }) => sum + publishers + listeners, 0);
}
