/** What can become of a call to an engine. */

/** Nobody listens at the engine's port: the call was not carried out. */
export class EngineGoneError extends Error {
  override readonly name = 'EngineGoneError';
}

/** The engine drains and does not hold the room: the call was not carried out. */
export class EngineDrainsError extends Error {
  override readonly name = 'EngineDrainsError';
}

/** The client has broken its call off while that was passed on. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

/** The engine has left the cluster or is dead to it, while it was to answer: its rooms are free, whatever became of the call. */
export class EngineForgottenError extends Error {
  override readonly name = 'EngineForgottenError';
}

/** The engine has not answered properly; whether it has carried the call out is not known. */
export class EngineFailedError extends Error {
  override readonly name = 'EngineFailedError';
}
