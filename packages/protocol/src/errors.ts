/**
 * The registry of RPC errors: every code that a client can meet, for engine, monitor and clients.
 * `status` is what the error object carries; the HTTP status of an RPC error is always 200.
 */
export const RPC_ERRORS = {
  INVALID_PARAMS: { code: 5001000, status: 202, meaning: 'invalid params' },
  INVALID_SDP: { code: 5001001, status: 202, meaning: 'invalid SDP' },
  INVALID_CANDIDATE: { code: 5001002, status: 202, meaning: 'invalid candidate' },
  ROOM_FULL: { code: 5002000, status: 202, meaning: 'room full' },
  PEER_NOT_FOUND: { code: 5002001, status: 202, meaning: 'peer not found' },
  PEER_CLOSED: { code: 5002002, status: 202, meaning: 'peer closed' },
  TRACK_NOT_FOUND: { code: 5002003, status: 202, meaning: 'track not found' },
  NEW_PEER_CONNECTION: { code: 5003000, status: 500, meaning: 'server could not make a peer connection' },
  CREATE_OFFER: { code: 5003001, status: 500, meaning: 'server could not create an offer' },
  SET_LOCAL_OFFER: { code: 5003002, status: 500, meaning: 'server could not set its offer' },
  NEW_TRACK: { code: 5003003, status: 500, meaning: 'server could not make a track' },
  ADD_TRANSCEIVER: { code: 5003004, status: 500, meaning: 'server could not add a transceiver' },
  SET_REMOTE_OFFER: { code: 5003005, status: 500, meaning: 'server could not set the offer received' },
  CREATE_ANSWER: { code: 5003006, status: 500, meaning: 'server could not create an answer' },
  SET_LOCAL_ANSWER: { code: 5003007, status: 500, meaning: 'server could not set its answer' },
  SET_REMOTE_ANSWER: { code: 5003008, status: 500, meaning: 'server could not set the answer received' },
  NO_ENGINE: { code: 5003100, status: 500, meaning: 'no engine has room for another room' },
  REGISTRY_LEARNING: {
    code: 5003101,
    status: 500,
    meaning: 'the monitor has just started: try again in some seconds',
  },
  ENGINE_UNREACHABLE: { code: 5003102, status: 500, meaning: 'the engine that has the room does not answer' },
  ENGINE_CUT_OFF: {
    code: 5003103,
    status: 500,
    meaning: 'the engine has lost its monitor and takes nobody new',
  },
  ENGINE_DRAINING: {
    code: 5003104,
    status: 500,
    meaning: 'the engine drains and takes no new rooms',
  },
  REGISTRY_UNREACHABLE: {
    code: 5003105,
    status: 500,
    meaning: 'the monitor cannot reach the registry: try again in some seconds',
  },
  TOO_MANY_NEW_ROOMS: {
    code: 5003106,
    status: 500,
    meaning: 'the monitor places so many new rooms that this one has to wait: try again in some seconds',
  },
  TIMEOUT: { code: 5003999, status: 500, meaning: 'timeout' },
  TOKEN_MISSING: { code: 5004000, status: 202, meaning: 'no access token was sent' },
  TOKEN_INVALID: { code: 5004001, status: 202, meaning: 'the access token is not valid' },
  TOKEN_EXPIRED: { code: 5004002, status: 202, meaning: 'the access token has expired' },
  NOT_PERMITTED: { code: 5004003, status: 202, meaning: 'the access token does not allow this call' },
  TOO_MANY_CALLS: {
    code: 5005000,
    status: 202,
    meaning:
      'so many calls came from this address, or with tokens of this subject, that this one has to wait',
  },
  TOO_MANY_ROOMS: { code: 5005001, status: 202, meaning: 'the engine has as many rooms as it may' },
  TOO_MANY_JOINS: {
    code: 5005002,
    status: 202,
    meaning:
      'so many participants are about to connect, in all, from this address or with tokens of this subject, that this one has to wait',
  },
} as const satisfies Record<string, { code: number; status: 202 | 500; meaning: string }>;

export type RpcErrorName = keyof typeof RPC_ERRORS;
export type RpcErrorCode = (typeof RPC_ERRORS)[RpcErrorName]['code'];

/** What the `error` field of an RPC response holds. */
export interface RpcErrorBody {
  readonly status: number;
  readonly code: number;
  readonly description: string;
}

/** An error that is meant for the caller. Anything else that is thrown is a bug and answered as one. */
export class RpcError extends Error {
  override readonly name: RpcErrorName;
  readonly code: RpcErrorCode;
  readonly status: number;

  /**
   * @param name which error of the registry
   * @param description what was wrong, in words for the caller: names the value at fault, holds no secrets
   */
  constructor(name: RpcErrorName, description: string) {
    super(description);
    this.name = name;
    this.code = RPC_ERRORS[name].code;
    this.status = RPC_ERRORS[name].status;
  }

  /** @returns the body of the `error` field */
  toBody(): RpcErrorBody {
    return { status: this.status, code: this.code, description: this.message };
  }
}
