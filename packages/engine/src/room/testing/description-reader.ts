/**
 * Reads of a session description what a client goes by (RFC 8866, RFC 9429), apart from the engine's own parser and line
 * by line: simulations read hundreds of thousands.
 */
import type { Direction } from '../../sdp/direction.js';

export interface ReadDescription {
  readonly sessionId: string;
  readonly version: number;
  /** The mids of the first group, as they are written; null without one. */
  readonly bundle: string | null;
  readonly media: readonly ReadMedia[];
}

export interface ReadMedia {
  readonly mid: string;
  readonly port: number;
  readonly direction: Direction;
  readonly setup: string;
  /** User fragment and password. */
  readonly credentials: string;
  /** Stream and track, or null without them. */
  readonly stream: { readonly uid: string; readonly cid: string } | null;
  /** The first one; NaN without any. */
  readonly ssrc: number;
}

type Mutable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

export function readDescription(sdp: string): ReadDescription {
  const [session = '', ...sections] = sdp.split('\r\nm=');
  const [, sessionId = '', version = ''] = /^o=\S+ (\S+) (\S+) /m.exec(session) ?? [];
  const bundle = /^a=group:\S+ (.*)$/m.exec(session)?.[1]?.trimEnd() ?? null;
  return { sessionId, version: Number(version), bundle, media: sections.map(readMedia) };
}

/** @param section from behind `m=` */
function readMedia(section: string): ReadMedia {
  const lines = section.split('\r\n');
  const media: Mutable<ReadMedia> = {
    mid: '',
    port: Number(lines[0]?.split(' ')[1]),
    direction: 'sendrecv',
    setup: '',
    credentials: '',
    stream: null,
    ssrc: Number.NaN,
  };
  let [ufrag, password] = ['', ''];
  for (const line of lines) {
    if (!line.startsWith('a=')) continue;
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1);
    switch (colon < 0 ? line.slice(2) : line.slice(2, colon)) {
      case 'mid':
        media.mid = value;
        break;
      case 'ice-ufrag':
        ufrag = value;
        break;
      case 'ice-pwd':
        password = value;
        break;
      case 'setup':
        media.setup = value;
        break;
      case 'sendrecv':
        media.direction = 'sendrecv';
        break;
      case 'sendonly':
        media.direction = 'sendonly';
        break;
      case 'recvonly':
        media.direction = 'recvonly';
        break;
      case 'inactive':
        media.direction = 'inactive';
        break;
      case 'msid':
        media.stream = streamOf(value);
        break;
      case 'ssrc':
        if (Number.isNaN(media.ssrc)) media.ssrc = Number.parseInt(value, 10);
        break;
    }
  }
  media.credentials = `${ufrag} ${password}`;
  return media;
}

/** @returns stream and track of an `a=msid` that names both and nothing else */
function streamOf(value: string): ReadMedia['stream'] {
  const [uid, cid, ...others] = value.split(' ');
  return uid && cid && others.length === 0 ? { uid, cid } : null;
}
