/** Calls that the engine makes to URLs which strangers give it. */
import type { Defence } from '../defence.js';

const TEST = 'packages/engine/src/api/callback.test.ts';
const FILE = 'packages/engine/src/api/callback.ts';

export const CALLBACK: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'Callbacks go to public addresses only, however the address is written',
    test: TEST,
    name: 'by its name, by its address in any notation, or through IPv6',
    removal: {
      file: FILE,
      find: 'addresses.filter(({ address }) => isPublicAddress(address))',
      replace: 'addresses',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A callback that is not answered is given up in time',
    test: TEST,
    name: 'no answer in time is no',
    removal: {
      file: FILE,
      find: 'AbortSignal.timeout(options.timeout ?? CALLBACK_TIMEOUT)',
      replace: 'new AbortController().signal',
    },
  },
];
