import { expect, test } from 'vitest';
import { DEFAULT_CAPACITY } from './capacity.js';
import { SimulatedClient } from './testing/simulated-client.js';
import { rpcErrorOf, TestEngine } from './testing/test-engine.js';

function publish(engine: TestEngine, rid: string, uid: string) {
  return engine.publish(rid, uid, new SimulatedClient('sendrecv').offer());
}

test('an engine opens so many rooms and no more, and another one when one ends', () => {
  const engine = new TestEngine({ capacity: { ...DEFAULT_CAPACITY, rooms: 2 } });
  const { name } = publish(engine, 'r1', 'u');
  publish(engine, 'r2', 'u');
  expect(rpcErrorOf(() => publish(engine, 'r3', 'u'))).toBe('TOO_MANY_ROOMS');
  publish(engine, 'r2', 'another');
  engine.control.end(name);
  publish(engine, 'r3', 'u');
});

test('a room takes so many participants, whatever their limit says, and those who are there come again', () => {
  const engine = new TestEngine({ capacity: { ...DEFAULT_CAPACITY, participants: 2 } });
  publish(engine, 'r', 'u1');
  publish(engine, 'r', 'u2');
  expect(rpcErrorOf(() => publish(engine, 'r', 'u3'))).toBe('ROOM_FULL');
  publish(engine, 'r', 'u2');
  expect(engine.control.list('r')).toHaveLength(2);
});

test('refused joins leave nothing behind', () => {
  const engine = new TestEngine({ capacity: { ...DEFAULT_CAPACITY, pendingJoins: 1 } });
  publish(engine, 'r', 'u');
  for (let join = 0; join < 1_000; join++) rpcErrorOf(() => publish(engine, `r${join}`, 'u'));
  expect(engine.control.info()).toMatchObject({ active_rooms: 1, active_peers: 1, closed_peers: 0 });
  expect(engine.worker.open.size).toBe(1);
});

test('the first description of a client has so many m-lines, and candidates', () => {
  const engine = new TestEngine({ descriptionLimits: { mediaLines: 2, candidates: 1 } });
  const offer = new SimulatedClient('sendrecv').offer();
  const line = 'm=audio 0 UDP/TLS/RTP/SAVPF 0\r\n';
  const candidate = 'a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n';
  engine.publish('r', 'u1', offer + line + candidate);
  expect(rpcErrorOf(() => engine.publish('r', 'u2', offer + line + line))).toBe('INVALID_SDP');
  expect(rpcErrorOf(() => engine.publish('r', 'u3', offer + candidate + candidate))).toBe('INVALID_SDP');
});

test('a client answers all m-lines that the engine has offered, however few it may begin with', () => {
  const engine = new TestEngine({ descriptionLimits: { mediaLines: 1, candidates: 0 } });
  const client = new SimulatedClient('sendrecv');
  const { name, answer } = engine.publish('r', 'u0', client.offer());
  client.takeAnswer(answer);
  for (const uid of ['u1', 'u2', 'u3']) engine.startMedia(publish(engine, 'r', uid).transportId);
  const offered = engine.control.subscribe(name);
  engine.answer(name, client.answer(offered?.sdp ?? ''));
  expect(client.receptions.size).toBe(3);
  engine.restart(name, client.offer(true));
});
