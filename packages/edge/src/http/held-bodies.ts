/** Counts what has come of requests' bodies before these are whole, and breaks off those that are given up for others. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { PIECE_COST } from '../gate/body-budget.js';
import type { Gate } from '../gate/gate.js';
import { LARGE_BODY, LargeBody } from './large-body.js';
import { refuseUpgrade } from './upgrade.js';

/** s */
const RETRY_AFTER = '1';

/**
 * Counts a body that is read whole. Nothing else is changed about how it is read: it is looked at as it passes.
 * @param payload of which nobody has read yet, and which is read from now on
 * @param isRefused whether it has been answered, so that nothing more of it is kept
 */
export function holdBody(
  gate: Gate,
  client: string | null,
  request: IncomingMessage,
  payload: Readable,
  isRefused: () => boolean,
): void {
  const held = gate.holdBody(client, () => breakOff(request));
  let octets = 0;
  const release = () => held.hold(0);
  payload.on('data', (piece: Buffer) => {
    octets += piece.length + PIECE_COST;
    held.hold(isRefused() ? 0 : octets);
  });
  payload.once('end', release);
  payload.once('close', release);
}

/**
 * @param length as the client has announced it, octets
 * @returns the body, counted with what its stream may hold of it while others are waited for, and with what it holds itself
 */
export function holdLargeBody(
  gate: Gate | null,
  client: string | null,
  request: IncomingMessage,
  payload: Readable,
  length: number,
): LargeBody {
  if (gate === null) return new LargeBody(payload, length);
  const held = gate.holdBody(client, () => breakOff(request));
  held.hold(LARGE_BODY);
  const release = () => held.hold(0);
  payload.once('end', release);
  payload.once('close', release);
  return new LargeBody(payload, length, (octets) => held.hold(payload.closed ? 0 : LARGE_BODY + octets));
}

/** A call of which not all has come was not carried out. Who does not read answers gets none. */
function breakOff({ socket }: IncomingMessage): void {
  if (socket.writableLength > 0) socket.destroy();
  else
    refuseUpgrade(socket, {
      status: '503 Service Unavailable',
      error: 'so much is on its way to here that this was given up: try again in a second',
      headers: { 'Retry-After': RETRY_AFTER },
    });
}
