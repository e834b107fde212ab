/** How packets will reach the network. */

import type { EngineConfig } from '@kraken/engine';
import { hasBatchedCalls, loadLibC } from '@kraken/engine/internal/media/udp/libc';
import { type Finding, ok, problem, reasonOf, warning } from '../finding.js';

const NAME = 'packets';
const DGRAM_COST = 'dgram costs several times as much per packet';

export async function checkPacketIo({ media: { io } }: EngineConfig): Promise<readonly Finding[]> {
  const missing = whyNotBatched();
  if (io === 'dgram') {
    if (missing !== null)
      return [ok(NAME, `dgram, as [engine] io says; batched calls are not to be had: ${missing}`)];
    const advice = 'set [engine] io = "auto", unless this is meant';
    return [warning(NAME, `[engine] io = "dgram": ${DGRAM_COST}, and batched calls are to be had`, advice)];
  }
  if (missing === null) return [ok(NAME, 'batched system calls (recvmmsg, sendmmsg)')];
  if (io === 'batched') {
    return [
      problem(NAME, `[engine] io = "batched": ${missing}`, 'set [engine] io = "auto", or run on Linux'),
    ];
  }
  return [
    warning(NAME, `${missing}, dgram stands in: ${DGRAM_COST}`, 'run on Linux, x64 or arm64, for real loads'),
  ];
}

/** @returns null where there are batched calls */
function whyNotBatched(): string | null {
  if (!hasBatchedCalls()) return `no batched calls on ${process.platform} ${process.arch}`;
  try {
    loadLibC();
    return null;
  } catch (error) {
    return `the C library cannot be used (${reasonOf(error)})`;
  }
}
