import type { Participant, Quality } from '@kraken/client';

/** What a tile says of a participant; the first that applies. */
export type TileState = 'left' | 'silenced' | 'listening' | 'muted' | 'talking';

export function tileState(participant: Participant, isSelf: boolean): TileState {
  const { silenced, publishing, stream, muted, permissions } = participant;
  if (silenced) return 'silenced';
  // One's own sound may not have arrived yet, but one knows whether there is a microphone.
  const listens = isSelf ? stream === null || !permissions.publish : !publishing;
  if (listens) return 'listening';
  return muted ? 'muted' : 'talking';
}

const NOTES: Readonly<Record<TileState, string>> = {
  left: 'Left',
  silenced: 'Muted by the operator',
  listening: 'Only listening',
  muted: 'Muted',
  talking: '',
};

const LINKS: Readonly<Record<Quality, string>> = {
  good: '',
  unknown: '',
  fair: 'Weak connection',
  poor: 'Bad connection',
};

/** @returns in words what the tile's signs mean; empty when all is well */
export function noteOf(state: TileState): string {
  return NOTES[state];
}

export function linkNote(quality: Quality): string {
  return LINKS[quality];
}
