/** The participants of rooms of given shapes. */
import { Participant, type ParticipantEnvironment } from './participant.js';

export interface RoomShape {
  /** Participants that send and hear all others. */
  readonly publishers: number;
  /** Participants that only hear. */
  readonly listeners: number;
}

export interface RoomsOptions {
  readonly rooms: readonly RoomShape[];
  /** The ids of the rooms begin with it: several generators may use one SFU, at the same time or one after the other. */
  readonly prefix: string;
  /** Share of received packets that are decrypted and verified, 0 to 1. */
  readonly sampleShare: number;
  /** How many publishers of a room speak at a time; 0 for audio levels that mean nothing. */
  readonly speakers: number;
  /** In how many slots participants hear whoever speaks; 0 for an m-line per publisher. */
  readonly slots: number;
  /** The SFU forwards some of what is published. */
  readonly isSelective: boolean;
}

/** @returns room by room, publishers first; none has joined */
export function makeParticipants(options: RoomsOptions, environment: ParticipantEnvironment): Participant[] {
  const { rooms, prefix, sampleShare, speakers, slots, isSelective } = options;
  const indexByUid = new Map<string, number>();
  const publisherOf = (uid: string) => indexByUid.get(uid) ?? -1;
  const participants: Participant[] = [];
  rooms.forEach((room, roomIndex) => {
    const rid = `${prefix}-${roomIndex}`;
    const talk = speakers === 0 ? null : { publishers: room.publishers, speakers };
    for (let place = 0; place < room.publishers + room.listeners; place++) {
      const index = participants.length;
      const uid = `participant-${index}`;
      const isPublisher = place < room.publishers;
      if (isPublisher) indexByUid.set(uid, index);
      participants.push(
        new Participant(
          {
            index,
            rid,
            uid,
            isPublisher,
            slots,
            sampleShare,
            talk: talk === null || !isPublisher ? null : { talk, place },
            isSelective,
            publisherOf,
          },
          environment,
        ),
      );
    }
  });
  return participants;
}

export function countParticipants(rooms: readonly RoomShape[]): number {
  return rooms.reduce((sum, { publishers, listeners }) => sum + publishers + listeners, 0);
}
