/**
 * The RPC methods: parameters, results and the envelope around them. `POST /` takes an `RpcRequest` and answers an
 * `RpcResponse`. All of these are types of plain JSON.
 */
import type { RpcErrorBody } from './errors.js';
import type { Permissions } from './permissions.js';

/** A session description as RTCPeerConnection takes and gives it. */
export interface JsonSessionDescription {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** A TURN server as `RTCIceServer` takes it. */
export interface TurnServer {
  readonly urls: string;
  readonly username: string;
  readonly credential: string;
}

export interface InfoResult {
  /** When the counters last changed, RFC 3339. */
  readonly updated_at: string;
  readonly active_peers: number;
  readonly closed_peers: number;
  readonly active_rooms: number;
  readonly closed_rooms: number;
}

/** A participant in `list`. */
export interface ListedPeer {
  /** The uid. */
  readonly id: string;
  /** The cid. */
  readonly track: string;
  /** True of those who speak, and left out of the others. */
  readonly speaking?: boolean;
}

export interface ListResult {
  /** Closed peers are left out. */
  readonly peers: readonly ListedPeer[];
  /** How many of them are forwarded at a time, the loudest; left out where all are. */
  readonly loudest?: number;
}

/** What a client may ask for that Kraken's do not know. */
export interface PublishOptions {
  /** How many m-lines of its offer on which it only receives become fixed slots; 0: none. */
  readonly slots?: number;
}

export interface PublishResult {
  /** The cid: names this connection in every later call. */
  readonly track: string;
  readonly sdp: JsonSessionDescription;
  /** The JSON of `sdp`. */
  readonly jsep: string;
}

export interface RestartResult {
  /** JSON of the answer. */
  readonly jsep: string;
}

/** Something changed: `jsep` is the JSON of `{type, sdp}`. */
export interface SubscribeOffer {
  readonly type: 'offer';
  readonly sdp: string;
  readonly jsep: string;
}

/** Nothing new. `jsep` is JSON all the same. */
export interface SubscribeNothing {
  readonly type: 'unknown';
  readonly sdp: '';
  readonly jsep: string;
}

export type SubscribeResult = SubscribeOffer | SubscribeNothing;

/** The data of a method that has nothing to tell. */
export type EmptyResult = Readonly<Record<string, never>>;

/**
 * Parameters and result of each method. `jsep` and `candidate` are strings that hold JSON.
 * `limit` and `callback` of publish count only when all five or, the last of them an object, six parameters are given.
 */
export interface RpcMethods {
  readonly turn: { readonly params: readonly [uid: string]; readonly result: readonly TurnServer[] };
  readonly info: { readonly params: readonly []; readonly result: InfoResult };
  readonly list: { readonly params: readonly [rid: string]; readonly result: ListResult };
  readonly publish: {
    readonly params:
      | readonly [rid: string, uid: string, jsep: string]
      | readonly [rid: string, uid: string, jsep: string, limit: number, callback: string]
      | readonly [
          rid: string,
          uid: string,
          jsep: string,
          limit: number,
          callback: string,
          options: PublishOptions,
        ];
    readonly result: PublishResult;
  };
  readonly restart: {
    readonly params: readonly [rid: string, uid: string, cid: string, jsep: string];
    readonly result: RestartResult;
  };
  readonly end: {
    readonly params: readonly [rid: string, uid: string, cid: string];
    readonly result: EmptyResult;
  };
  readonly trickle: {
    readonly params: readonly [rid: string, uid: string, cid: string, candidate: string];
    readonly result: EmptyResult;
  };
  readonly subscribe: {
    readonly params: readonly [rid: string, uid: string, cid: string];
    readonly result: SubscribeResult;
  };
  readonly answer: {
    readonly params: readonly [rid: string, uid: string, cid: string, jsep: string];
    readonly result: EmptyResult;
  };
  readonly mute: {
    readonly params: readonly [rid: string, uid: string, cid: string, muted: boolean];
    readonly result: EmptyResult;
  };
  readonly loudest: {
    readonly params: readonly [rid: string, uid: string, cid: string, loudest: number | null];
    readonly result: EmptyResult;
  };
  readonly permit: {
    readonly params: readonly [rid: string, uid: string, permissions: Partial<Permissions>];
    readonly result: EmptyResult;
  };
  readonly silence: {
    readonly params: readonly [rid: string, uid: string, silenced: boolean];
    readonly result: EmptyResult;
  };
  readonly remove: {
    readonly params: readonly [rid: string, uid: string];
    readonly result: EmptyResult;
  };
}

export type RpcMethodName = keyof RpcMethods;
export type RpcParams<M extends RpcMethodName> = RpcMethods[M]['params'];
export type RpcResult<M extends RpcMethodName> = RpcMethods[M]['result'];

export interface RpcRequest<M extends RpcMethodName = RpcMethodName> {
  /** Chosen by the caller and echoed; may be empty or missing, then the response has none. */
  readonly id?: string;
  readonly method: M;
  readonly params: RpcParams<M>;
}

export interface RpcSuccess<M extends RpcMethodName = RpcMethodName> {
  readonly id?: string;
  readonly data: RpcResult<M>;
}

export interface RpcFailure {
  readonly id?: string;
  readonly error: RpcErrorBody;
}

/** What HTTP status 200 carries; `'error' in response` tells the two apart. */
export type RpcResponse<M extends RpcMethodName = RpcMethodName> = RpcSuccess<M> | RpcFailure;

/** What every HTTP status but 200 carries. */
export interface HttpFailure {
  readonly error: string;
}
