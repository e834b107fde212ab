import { OPEN_CALLER } from '@kraken/edge/auth/caller';
import { EnvelopeError, parseEnvelope } from '@kraken/edge/http/call-envelope';
import { answerCall } from '../../packages/engine/src/api/json-rpc.js';
import { SimulatedClient } from '../../packages/engine/src/room/testing/simulated-client.js';
import { TestEngine } from '../../packages/engine/src/room/testing/test-engine.js';
import { type FuzzTarget, promise } from '../target.js';

/** Stands in an input for the id of the last connection. */
const CID = 'CID';
const MAX_CALLS = 16;

/**
 * Bodies of calls, one on each line, on a whole control plane: each is answered or found fault with, and what the control
 * plane tells its media workers keeps to their contract.
 */
export const apiCalls: FuzzTarget = {
  name: 'api-calls',
  maxLength: 8_192,
  seeds,
  prepare: () => (input) => {
    const engine = new TestEngine({ workers: 2, spreadRoomAt: 1 });
    const backend = { signalling: engine.control, turnServers: () => [] };
    let cid = CID;
    for (const line of Buffer.from(input).toString().split('\n').slice(0, MAX_CALLS)) {
      const call = readCall(line.replaceAll(CID, cid));
      if (call === null) continue;
      const body = answerCall(backend, call, { caller: OPEN_CALLER, client: null, opensRooms: true });
      promise(JSON.parse(JSON.stringify(body)).id === call.id, 'the id is echoed');
      if ('error' in body)
        promise(!/[\r\n]/.test(body.error.description), 'descriptions of faults are one line');
      else if ('track' in body.data) {
        cid = body.data.track;
        for (const { open } of engine.workers) for (const id of open.keys()) tellMedia(engine, id);
      }
    }
  },
};

/** Its media begins at once, so that others are offered it. */
function tellMedia(engine: TestEngine, transportId: number): void {
  if (engine.publicationOf(transportId) !== undefined) engine.startMedia(transportId);
}

function readCall(body: string) {
  try {
    return parseEnvelope(body);
  } catch (error) {
    if (error instanceof EnvelopeError) return null;
    throw error;
  }
}

function seeds(): Uint8Array[] {
  const offer = JSON.stringify({ type: 'offer', sdp: new SimulatedClient('sendrecv').offer() });
  const answer = JSON.stringify({ type: 'answer', sdp: new SimulatedClient('recvonly').offer() });
  const calls: readonly (readonly [string, readonly unknown[]])[][] = [
    [
      ['publish', ['r', 'a', offer]],
      ['publish', ['r', 'b', offer]],
      ['subscribe', ['r', 'b', CID]],
      ['answer', ['r', 'b', CID, answer]],
      ['end', ['r', 'b', CID]],
    ],
    [
      ['publish', ['r', 'a', offer, 2, 'https://example.org/', { slots: 1 }]],
      ['restart', ['r', 'a', CID, offer]],
      ['trickle', ['r', 'a', CID, 'null']],
      ['mute', ['r', 'a', CID, true]],
      ['loudest', ['r', 'a', CID, 3]],
      ['list', ['r']],
    ],
    [
      ['turn', ['a']],
      ['info', []],
      ['list', ['r']],
      ['subscribe', ['r', 'nobody', CID]],
    ],
  ];
  return calls.map((lines) =>
    Buffer.from(lines.map(([method, params]) => JSON.stringify({ id: '1', method, params })).join('\n')),
  );
}
