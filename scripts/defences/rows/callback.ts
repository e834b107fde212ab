/** Calls that the engine makes to URLs which strangers give it. */
import type { Defence } from '../defence.js';

const FOLDER = 'packages/engine/src/callback';
const POST = `${FOLDER}/post.ts`;
const CALLBACKS = `${FOLDER}/callbacks.ts`;
const QUEUE = `${FOLDER}/call-queue.ts`;

export const CALLBACK: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'Whatever a callback answers with, its place is free again',
    test: `${FOLDER}/post.test.ts`,
    name: 'a change of the protocol is no answer',
    removal: {
      file: POST,
      find: "outgoing.on('close', () => reject(new Error('no answer')));",
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Callbacks go to https only',
    test: `${FOLDER}/post.test.ts`,
    name: 'what is not https is not called',
    removal: {
      file: POST,
      find: "if (target.protocol !== 'https:') return { kind: 'forbidden' };",
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Callbacks go to public addresses only, however the address is written',
    test: `${FOLDER}/post.test.ts`,
    name: 'by its name, by its address in any notation, or through IPv6',
    removal: {
      file: POST,
      find: 'addresses.filter(({ address }) => isPublicAddress(address))',
      replace: 'addresses',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A name that leads into the private network is not called',
    test: `${FOLDER}/post.test.ts`,
    name: 'by a name that leads there',
    removal: {
      file: POST,
      find: 'addresses.filter(({ address }) => isPublicAddress(address))',
      replace: 'addresses',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Addresses that embed an IPv4 address in IPv6, and other special ranges, count as private',
    test: `${FOLDER}/public-address.test.ts`,
    name: '%j is not public',
    removal: {
      file: `${FOLDER}/public-address.ts`,
      find: "globalUnicast.check(address, 'ipv6') && ",
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'The address that was checked is the one that is connected to: a name is resolved once',
    test: `${FOLDER}/post.test.ts`,
    name: 'is connected to at the address that was checked',
    removal: { file: POST, find: '      lookup: resolvedLookup(addresses),\n', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'A redirect is not followed',
    test: `${FOLDER}/post.test.ts`,
    name: 'a redirect is an answer, and not followed',
    removal: {
      file: POST,
      find: "    outgoing.on('response', (response) => {\n",
      replace: `    outgoing.on('response', (response) => {
      const { location } = response.headers;
      if (location !== undefined) {
        send(new URL(location), addresses, body, headers, trusted, signal).then(fulfil, reject);
        return;
      }
`,
    },
  },
  {
    document: 'SECURITY',
    promise: 'A callback that is not answered is given up in time',
    test: `${FOLDER}/post.test.ts`,
    name: 'no answer in time is no answer',
    removal: {
      file: POST,
      find: 'AbortSignal.timeout(options.timeout ?? CALLBACK_TIMEOUT)',
      replace: 'new AbortController().signal',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A look-up that is not answered is given up in time',
    test: `${FOLDER}/post.test.ts`,
    name: 'a look-up that does not end in time is no answer',
    removal: {
      file: POST,
      find: 'await unlessAborted(options.resolve(hostOf(target), signal), signal)',
      replace: 'await options.resolve(hostOf(target), signal)',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A look-up whose name server is silent is called off, so that such look-ups do not pile up',
    test: `${FOLDER}/resolve-host.test.ts`,
    name: 'a look-up of a silent name server is called off with its signal',
    removal: {
      file: `${FOLDER}/resolve-host.ts`,
      find: "  signal.addEventListener('abort', () => resolver.cancel(), { once: true });\n",
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: "The body of a callback's answer is not read, however long",
    test: `${FOLDER}/post.test.ts`,
    name: 'a body without end is not read',
    removal: { file: POST, find: '      response.destroy();\n', replace: '      response.resume();\n' },
  },
  {
    document: 'SECURITY',
    promise: "Of the header of a callback's answer no more than 8 KiB are taken",
    test: `${FOLDER}/post.test.ts`,
    name: 'a long header is no answer',
    removal: { file: POST, find: '      maxHeaderSize: MAX_ANSWER_HEADER,\n', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'Callbacks are signed, with the time of the attempt',
    test: `${FOLDER}/callbacks.test.ts`,
    name: 'is signed, each time with the time',
    removal: {
      file: CALLBACKS,
      find: 'secret === null ? {} : { [SIGNATURE_HEADER]: signatureOf(secret, body, time) }',
      replace: '{}',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A repeated callback is told by the time in its signature',
    test: `${FOLDER}/signature.test.ts`,
    name: 'is the HMAC of time and body, by the secret',
    removal: {
      file: `${FOLDER}/signature.ts`,
      find: `.update(\`\${time}.\${body}\`)`,
      replace: '.update(body)',
    },
  },
  {
    document: 'reliability',
    promise: 'A callback that gets no answer is tried again, with back-off',
    test: `${FOLDER}/callbacks.test.ts`,
    name: 'as a connection that breaks, is tried again, later each time, and not forever',
    removal: {
      file: CALLBACKS,
      find: 'export const MAX_ATTEMPTS = 3;',
      replace: 'export const MAX_ATTEMPTS = 1;',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Callbacks that wait are bounded: what is beyond is refused',
    test: `${FOLDER}/callbacks.test.ts`,
    name: 'callbacks beyond the limits are no, and cost nothing',
    removal: {
      file: QUEUE,
      find: 'this.#held >= this.#limits.held || state.held >= this.#limits.heldPerHost',
      replace: 'false',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A host that does not answer does not hold up callbacks to others',
    test: `${FOLDER}/call-queue.test.ts`,
    name: 'a host that does not answer leaves others their calls',
    removal: { file: QUEUE, find: ' && state.running < this.#limits.runningPerHost', replace: '' },
  },
];
