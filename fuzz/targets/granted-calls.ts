import type { Caller } from '@kraken/edge/auth/caller';
import { EnvelopeError, parseEnvelope } from '@kraken/edge/http/call-envelope';
import { answerCall } from '../../packages/engine/src/api/json-rpc.js';
import { SimulatedClient } from '../../packages/engine/src/room/testing/simulated-client.js';
import { TestEngine } from '../../packages/engine/src/room/testing/test-engine.js';
import { type FuzzTarget, promise } from '../target.js';

/** Stand in an input for the ids of Alice's and Bob's connections. */
const OWN_CID = 'CID';
const OTHERS_CID = 'BOB';
const MAX_CALLS = 16;
const ROOM = 'r';
const OTHER_ROOM = 's';

const ALICE: Caller = {
  kind: 'granted',
  grant: {
    rid: ROOM,
    uid: 'a',
    name: null,
    publish: true,
    subscribe: true,
    administer: false,
    expiresAt: Number.MAX_SAFE_INTEGER,
    subject: 'a',
  },
};

/** Calls with a participant's token, one on each line: nothing changes but for that participant. */
export const grantedCalls: FuzzTarget = {
  name: 'granted-calls',
  maxLength: 8_192,
  seeds,
  prepare: () => (input) => {
    const engine = new TestEngine();
    const backend = { signalling: engine.control, turnServers: () => [] };
    const bob = engine.publish(ROOM, 'b', new SimulatedClient('sendrecv').offer());
    const carol = engine.publish(OTHER_ROOM, 'c', new SimulatedClient('sendrecv').offer());
    let cid = OWN_CID;
    for (const line of Buffer.from(input).toString().split('\n').slice(0, MAX_CALLS)) {
      const call = readCall(line.replaceAll(OWN_CID, cid).replaceAll(OTHERS_CID, bob.name.cid));
      if (call === null) continue;
      const body = answerCall(backend, call, { caller: ALICE, client: null, opensRooms: true });
      if ('data' in body && 'track' in body.data) cid = body.data.track;
      const text = JSON.stringify(body);
      promise(!text.includes(carol.name.cid), 'nothing of another room is told');
    }
    const others = engine.control.list(ROOM).filter(({ uid }) => uid !== 'a');
    promise(
      others.length === 1 && others[0]?.cid === bob.name.cid,
      'the others of the room stay as they were',
    );
    const elsewhere = engine.control.list(OTHER_ROOM);
    promise(elsewhere.length === 1 && elsewhere[0]?.cid === carol.name.cid, 'other rooms stay as they were');
    promise(engine.control.info().active_rooms === 2, 'no other room is opened');
  },
};

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
  const calls: readonly (readonly [string, readonly unknown[]])[][] = [
    [
      ['publish', [ROOM, 'a', offer]],
      ['publish', [ROOM, 'b', offer]],
      ['publish', [OTHER_ROOM, 'a', offer]],
      ['subscribe', [ROOM, 'a', OWN_CID]],
      ['restart', [ROOM, 'a', OWN_CID, offer]],
      ['end', [ROOM, 'a', OWN_CID]],
    ],
    [
      ['end', [ROOM, 'b', OTHERS_CID]],
      ['mute', [ROOM, 'b', OTHERS_CID, true]],
      ['loudest', [ROOM, 'a', OWN_CID, 1]],
      ['list', [ROOM]],
      ['list', [OTHER_ROOM]],
      ['turn', ['b']],
      ['info', []],
    ],
  ];
  return calls.map((lines) =>
    Buffer.from(lines.map(([method, params]) => JSON.stringify({ id: '1', method, params })).join('\n')),
  );
}
