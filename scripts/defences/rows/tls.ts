/** The API's own certificate. */
import type { Defence } from '../defence.js';

const TEST = 'packages/edge/src/http/certificate.test.ts';
const FILE = 'packages/edge/src/http/certificate.ts';

export const TLS: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'A renewed certificate is shown to new connections without a restart',
    test: TEST,
    name: 'new files are shown to new connections',
    removal: { file: FILE, find: '      server.setSecureContext(contextOf(pair));\n', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'A new certificate that cannot be used is logged, and the one before it stays',
    test: TEST,
    name: 'new files with %s leave the old ones, and an error in the log',
    removal: {
      file: FILE,
      find: 'this.#report(error instanceof Error ? error.message : String(error));',
      replace: 'throw error;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'No daemon starts with a key that is not that of its certificate',
    test: TEST,
    name: 'a daemon does not start with %s, and says why',
    removal: {
      file: FILE,
      find: 'if (!certificate.checkPrivateKey(privateKey)) {',
      replace: 'if (cert === key) {',
    },
  },
  {
    document: 'SECURITY',
    promise: 'No TLS before 1.2 is spoken, though Node may have been told to, nor behind a new certificate',
    test: TEST,
    name: 'no TLS before 1.2 is spoken, though Node may have been told to, with the first files and with new ones',
    removal: { file: FILE, find: '{ ...pair, minVersion: MIN_TLS_VERSION }', replace: 'pair' },
  },
];
