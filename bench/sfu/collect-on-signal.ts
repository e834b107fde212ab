/**
 * Loaded into a Node process before its program (`--import`): a signal has its main thread collect all garbage, and all
 * threads that it has started.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';
import { COLLECT_SIGNAL } from './collect-signal.js';

/** What a first collection finalises, a second one frees. */
const COLLECTIONS = 2;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const threads = new BroadcastChannel('collect-garbage');
threads.unref();

function collectAll(): void {
  for (let i = 0; i < COLLECTIONS; i++) collect();
}

if (isMainThread) {
  process.on(COLLECT_SIGNAL, () => {
    collectAll();
    threads.postMessage(null);
  });
} else threads.onmessage = collectAll;
