/** Loaded into a Node process before its program (`--import`): a signal has its main thread collect all garbage. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';
import { COLLECT_SIGNAL } from './collect-signal.js';

/** What a first collection finalises, a second one frees. */
const COLLECTIONS = 2;

if (isMainThread) {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  process.on(COLLECT_SIGNAL, () => {
    for (let i = 0; i < COLLECTIONS; i++) collect();
  });
}
