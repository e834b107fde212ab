import { RpcError } from '@kraken/protocol';
import type { Refusals } from './refusals.js';
import type { Room } from './room.js';
import type { PublishCall } from './signalling.js';

/** Whom an engine may take: newcomers to any room, to the rooms that it has, or none. */
export type Admission = 'everybody' | 'into its rooms' | 'nobody';

export interface AdmissionOptions {
  /** Whom the engine may take of those that it does not have. */
  readonly admits: () => Admission;
  /** Whether the engine takes no rooms that it does not have. */
  readonly isDraining: () => boolean;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/**
 * @param room the one that it names, or null when nobody is in it
 * @throws RpcError when the engine does not take who publishes: ENGINE_DRAINING, ENGINE_CUT_OFF, ROOM_FULL
 */
export function checkAdmission(
  call: PublishCall,
  room: Room | null,
  refusals: Refusals,
  options: AdmissionOptions,
): void {
  checkOpen(call, room, options);
  checkLimit(call, room);
  if (!refusals.has(call.rid, call.uid, options.now())) return;
  throw new RpcError('ROOM_FULL', 'the operator lets nobody in here for now');
}

/** Who is there may come again, whatever became of the monitor: the call goes on. */
function checkOpen({ uid }: PublishCall, room: Room | null, { admits, isDraining }: AdmissionOptions): void {
  if (room === null && isDraining()) {
    throw new RpcError('ENGINE_DRAINING', 'the engine drains and does not have the room: publish elsewhere');
  }
  const admission = admits();
  if (admission === 'everybody' || room?.peers.has(uid) === true) return;
  if (admission === 'into its rooms' && room !== null) return;
  throw new RpcError('ENGINE_CUT_OFF', 'the engine has lost its monitor and takes nobody new: try again');
}

function checkLimit({ uid, limit }: PublishCall, room: Room | null): void {
  if (limit > 0 && room !== null && room.peers.size >= limit && !room.peers.has(uid)) {
    throw new RpcError('ROOM_FULL', `the room has ${limit} participants`);
  }
}
