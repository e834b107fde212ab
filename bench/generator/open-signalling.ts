import { KrakenSignalling } from '@kraken/load/kraken-signalling';
import type { Signalling } from '@kraken/load/signalling';
import type { SignallingTarget } from '../sfu/sfu.js';
import { JanusSignalling } from './janus-signalling.js';
import { MediasoupSignalling } from './mediasoup-signalling.js';

/** @returns the signalling of all participants of a process */
export function openSignalling(target: SignallingTarget): Signalling {
  const { url } = target;
  switch (target.kind) {
    case 'kraken':
      return new KrakenSignalling(url, undefined, target.token);
    case 'janus':
      return new JanusSignalling(url);
    case 'mediasoup':
      return new MediasoupSignalling(url);
  }
}
