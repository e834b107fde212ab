/**
 * The RPC methods in words and schemas, of which the API's description is made (OpenAPI). A method that is missing here, or
 * has other parameters or another result than its types say, does not compile.
 */
import { MAX_IDENTIFIER_BYTES } from '../identifier.js';
import { MAX_LOUDEST, MAX_SLOTS } from '../loudest.js';
import type {
  InfoResult,
  JsonSessionDescription,
  ListedPeer,
  ListResult,
  PublishOptions,
  PublishResult,
  RestartResult,
  RpcMethodName,
  RpcParams,
  RpcResult,
  SubscribeNothing,
  SubscribeOffer,
  TurnServer,
} from '../methods.js';
import type { Permissions } from '../permissions.js';
import {
  array,
  choice,
  count,
  either,
  emptyObject,
  flag,
  type JsonSchema,
  type MemberSchemas,
  nullable,
  object,
  partialObject,
  type SchemaOf,
  text,
} from './schema.js';

/** A method as it is described, whatever its types are. */
export interface MethodDescription {
  readonly summary: string;
  /** In the order in which a call has them; each is named by its `title`. */
  readonly params: readonly JsonSchema[];
  /** How many of the last parameters may be left out: one of these numbers, or none. */
  readonly optional?: readonly number[];
  readonly result: JsonSchema;
}

/** Distributes over the numbers of parameters that a method takes. */
type DescribedParams<Params extends readonly unknown[]> = Params extends unknown
  ? { readonly [Index in keyof Params]: SchemaOf<Params[Index]> }
  : never;
type DescriptionOf<Method extends RpcMethodName> = Omit<MethodDescription, 'params' | 'result'> & {
  readonly params: DescribedParams<RpcParams<Method>>;
  readonly result: SchemaOf<RpcResult<Method>>;
};

const identifier = { minLength: 1, maxLength: MAX_IDENTIFIER_BYTES };

/** Names a room, in each call about one. */
export const RID = text(
  `The room: 1 to ${MAX_IDENTIFIER_BYTES} bytes, URL-encoded; compared and echoed as it is.`,
  {
    title: 'rid',
    ...identifier,
  },
);
const UID = text(`The user, as rid; ASCII besides, since it stands in the others' SDP.`, {
  title: 'uid',
  ...identifier,
});
const CID = text('The connection: `track` of what publish has answered.', { title: 'cid' });
const OFFER = text('JSON of the offer, {type, sdp}.', { title: 'jsep' });
const ANSWER = text('JSON of the answer, {type, sdp}.', { title: 'jsep' });

const LISTED_PEER = partialObject<ListedPeer>(
  {
    id: text('The uid.'),
    track: text('The cid.'),
    speaking: flag('True of those who speak; left out of the others.'),
  },
  ['speaking'],
);
const SLOTS: SchemaOf<number> = {
  ...count(
    `How many m-lines of audio on which the offer only receives become fixed slots, ${MAX_SLOTS} at most.`,
  ),
  default: 0,
};

const described = text('The SDP, RFC 8866.');
const jsep = text('The JSON of {type, sdp}.');

/** Members of `info`, which a monitor has more of. */
export const INFO_MEMBERS: MemberSchemas<InfoResult> = {
  updated_at: text('When the counters last changed, RFC 3339.', { format: 'date-time' }),
  active_peers: count('Participants that are there.'),
  closed_peers: count('Participants that are gone.'),
  active_rooms: count('Rooms that are there.'),
  closed_rooms: count('Rooms that are gone.'),
};

export const METHOD_DESCRIPTIONS: { readonly [Method in RpcMethodName]: DescriptionOf<Method> } = {
  turn: {
    summary: 'ICE servers for the connection; none when no TURN server is configured.',
    params: [text('The user, in the TURN user name.', { title: 'uid', maxLength: MAX_IDENTIFIER_BYTES })],
    result: array(
      object<TurnServer>({
        urls: text('As RTCIceServer has it.'),
        username: text('Ends with the time until which it counts.'),
        credential: text('For that user name.'),
      }),
    ),
  },
  info: {
    summary: 'How many rooms and participants there are.',
    params: [],
    result: object<InfoResult>(INFO_MEMBERS),
  },
  list: {
    summary: 'Who is in a room.',
    params: [RID],
    result: partialObject<ListResult>(
      {
        peers: array(LISTED_PEER),
        loudest: count('How many are forwarded at a time; left out where all are.'),
      },
      ['loudest'],
    ),
  },
  publish: {
    summary: 'Joins a room, and makes it if it is not there: the offer is answered.',
    params: [
      RID,
      UID,
      OFFER,
      {
        type: 'integer',
        title: 'limit',
        description: 'With so many participants in the room a new uid gets 5002000; 0: no limit.',
      },
      text('https URL that is told when media first comes, and may refuse it; empty: none.', {
        title: 'callback',
      }),
      {
        title: 'options',
        ...partialObject<PublishOptions>({ slots: SLOTS }, ['slots']),
      },
    ],
    optional: [3, 1],
    result: object<PublishResult>({
      track: text('The cid: names this connection in every later call.'),
      sdp: object<JsonSessionDescription>({ type: choice(['offer', 'answer']), sdp: described }),
      jsep: text('The JSON of `sdp`.'),
    }),
  },
  restart: {
    summary: 'Restarts ICE, RFC 8445 section 9: the offer is answered.',
    params: [RID, UID, CID, OFFER],
    result: object<RestartResult>({ jsep: text('JSON of the answer, {type, sdp}.') }),
  },
  end: { summary: 'Leaves the room.', params: [RID, UID, CID], result: emptyObject },
  trickle: {
    summary: "Tells a local candidate, or that there are no more: 'null', or an empty candidate.",
    params: [RID, UID, CID, text('JSON of an RTCIceCandidate.', { title: 'candidate' })],
    result: emptyObject,
  },
  subscribe: {
    summary: 'Asks for what has changed: an offer, to be answered by `answer`, or nothing.',
    params: [RID, UID, CID],
    result: either(
      object<SubscribeOffer>({ type: choice(['offer']), sdp: described, jsep }),
      object<SubscribeNothing>({ type: choice(['unknown']), sdp: choice(['']), jsep }),
    ),
  },
  answer: {
    summary: 'Answers the offer of `subscribe`, or one that came over a live socket.',
    params: [RID, UID, CID, ANSWER],
    result: emptyObject,
  },
  mute: {
    summary: 'Says whether the participant is muted, for the others to be told.',
    params: [RID, UID, CID, { title: 'muted', ...flag('Whether it is.') }],
    result: emptyObject,
  },
  loudest: {
    summary: 'Says how many of the room are forwarded at a time: the loudest.',
    params: [
      RID,
      UID,
      CID,
      {
        title: 'loudest',
        ...nullable<number>(
          { type: 'integer', minimum: 0, maximum: MAX_LOUDEST },
          'How many; 0: everybody; null: as the engine is configured.',
        ),
      },
    ],
    result: emptyObject,
  },
  permit: {
    summary: 'Decides what a participant may do, from now on and when it comes again; for who administers.',
    params: [
      RID,
      UID,
      {
        title: 'permissions',
        ...partialObject<Partial<Permissions>>(
          {
            publish: flag('Be heard; left out: as it is.'),
            subscribe: flag('Hear the others; left out: as it is.'),
          },
          ['publish', 'subscribe'],
        ),
      },
    ],
    result: emptyObject,
  },
  silence: {
    summary: 'Lets nobody hear a participant, or ends that; for who administers.',
    params: [RID, UID, { title: 'silenced', ...flag('Whether nobody hears it.') }],
    result: emptyObject,
  },
  remove: {
    summary: 'Takes a participant out, and does not let it in for a minute; for who administers.',
    params: [RID, UID],
    result: emptyObject,
  },
};
