/**
 * Compares the SRTP kernel with node:crypto, both in this process and by turns, so that a busy machine slows both.
 * After `npm run bench -- --help`, which builds it: `node node_modules/.cache/tools/bench/kernel.js`.
 */
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WorkerMemory } from '@kraken/engine/internal/media/memory';
import * as srtp from '@kraken/engine/internal/media/srtp/index';

const PAYLOADS = [20, 100, 200, 1200];
const HEADER_LENGTH = 20;
const GROUPS = 16;
const PACKETS = GROUPS * srtp.LANES;
/** Many short rounds: few of them are interrupted by what else the machine does. */
const ROUNDS = 1000;
const WARM_UP_ROUNDS = 100;
const PAGES = 64;
const KERNEL = new URL(import.meta.resolve('@kraken/kernel/kernel.wasm'));

/** @returns nanoseconds per call */
function time(calls: number, run: () => void): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) run();
  return Number(process.hrtime.bigint() - start) / calls;
}

/** A room of 64 subscribers, whose packets are queued in one ring. @returns fans one packet out */
function prepareKernel(payloadLength: number): () => void {
  const memory = new WorkerMemory(PAGES, null);
  const kernel = srtp.instantiateKernel(
    srtp.compileKernel(readFileSync(fileURLToPath(KERNEL))),
    memory.memory,
  );
  srtp.warmUp(kernel);
  const ring = memory.reserve(srtp.TRANSMIT_RING_SIZE);
  memory.words.set(
    [0, PACKETS, memory.reserve(PACKETS * srtp.MESSAGE_SIZE), memory.reserve(PACKETS * srtp.VECTOR_SIZE)],
    ring >> 2,
  );
  const destination = memory.reserve(srtp.DESTINATION_SIZE);
  memory.words[destination >> 2] = ring;
  const plan = memory.reserve(GROUPS * srtp.PLAN_ENTRY_SIZE);
  for (let group = 0; group < GROUPS; group++) {
    const keyGroup = memory.reserve(srtp.KEY_GROUP_SIZE);
    const routeGroup = memory.reserve(srtp.ROUTE_GROUP_SIZE);
    memory.words.set([keyGroup, routeGroup], (plan >> 2) + 2 * group);
    for (let lane = 0; lane < srtp.LANES; lane++) {
      const key = { masterKey: randomBytes(16), masterSalt: randomBytes(14) };
      srtp.setLaneKeys(kernel, memory, keyGroup, lane, key);
      srtp.setLaneDestination(memory, keyGroup, lane, destination);
      memory.words[((routeGroup + srtp.ROUTE_GROUP_ACTIVE) >> 2) + lane] = 1;
    }
  }
  const packet = memory.reserve(HEADER_LENGTH + payloadLength + srtp.INPUT_SPARE);
  memory.bytes.set([0x90, 111], packet);
  memory.bytes.set([0xbe, 0xde, 0, 1, 0x10, 0x30, 0, 0], packet + 12);
  const stride = (HEADER_LENGTH + payloadLength + srtp.OUTPUT_SPARE + 15) & ~15;
  const output = memory.reserve(PACKETS * stride);
  return () => {
    memory.words[ring >> 2] = 0;
    kernel.fanOut(plan, GROUPS, packet, HEADER_LENGTH, payloadLength, output, stride);
  };
}

/** @returns protects one packet by node:crypto: a cipher and an HMAC per packet, since neither can be used again */
function prepareNodeCrypto(payloadLength: number): () => void {
  const [key, authenticationKey, counterBlock] = [randomBytes(16), randomBytes(20), randomBytes(16)];
  const packet = randomBytes(HEADER_LENGTH + payloadLength + srtp.TAG_LENGTH);
  const end = HEADER_LENGTH + payloadLength;
  const roc = Buffer.alloc(4);
  return () => {
    const cipher = createCipheriv('aes-128-ctr', key, counterBlock);
    cipher.update(packet.subarray(HEADER_LENGTH, end)).copy(packet, HEADER_LENGTH);
    const hmac = createHmac('sha1', authenticationKey).update(packet.subarray(0, end)).update(roc);
    hmac.digest().copy(packet, end, 0, srtp.TAG_LENGTH);
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
}

console.log(`${process.version}, nanoseconds per protected packet, median (least) of ${ROUNDS} rounds`);
for (const payloadLength of PAYLOADS) {
  const fanOut = prepareKernel(payloadLength);
  const protect = prepareNodeCrypto(payloadLength);
  time(WARM_UP_ROUNDS, fanOut);
  time(WARM_UP_ROUNDS * PACKETS, protect);
  const kernel: number[] = [];
  const nodeCrypto: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    kernel.push(time(1, fanOut) / PACKETS);
    nodeCrypto.push(time(PACKETS, protect));
  }
  const columns = [kernel, nodeCrypto].map(
    (all) => `${median(all).toFixed(0)} (${Math.min(...all).toFixed(0)})`,
  );
  const ratio = median(nodeCrypto) / median(kernel);
  console.log(
    `payload ${String(payloadLength).padStart(4)}: kernel ${columns[0]}, node:crypto ${columns[1]}, ${ratio.toFixed(1)} times as fast`,
  );
}
