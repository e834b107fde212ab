import type { SignallingTarget } from '../sfu/sfu.js';
import { JanusSignalling } from './janus-signalling.js';
import { KrakenSignalling } from './kraken-signalling.js';
import type { Signalling } from './signalling.js';

/** @throws Error for an SFU whose signalling the generator does not speak */
export function openSignalling({ kind, url }: SignallingTarget): Signalling {
  switch (kind) {
    case 'kraken':
      return new KrakenSignalling(url);
    case 'janus':
      return new JanusSignalling(url);
    case 'mediasoup':
      throw new Error('the generator does not speak to mediasoup yet');
  }
}
