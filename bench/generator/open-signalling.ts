import type { SignallingTarget } from '../sfu/sfu.js';
import { JanusSignalling } from './janus-signalling.js';
import { KrakenSignalling } from './kraken-signalling.js';
import { MediasoupSignalling } from './mediasoup-signalling.js';
import type { Signalling } from './signalling.js';

/** @returns the signalling of all participants of a process */
export function openSignalling({ kind, url }: SignallingTarget): Signalling {
  switch (kind) {
    case 'kraken':
      return new KrakenSignalling(url);
    case 'janus':
      return new JanusSignalling(url);
    case 'mediasoup':
      return new MediasoupSignalling(url);
  }
}
