/** What is installed, and what is told to logs, errors and metrics. */
import type { Defence } from '../defence.js';

const SUPPLY_TEST = 'scripts/supply/supply-chain.test.ts';
const SECRETS_TEST = 'packages/kraken/test/secrets.test.ts';
const UNTOLD_TEST = 'packages/kraken/test/untold-secrets.test.ts';

export const SUPPLY: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise: 'Each package that engine and monitor ask for has its reason in CONTRIBUTING.md',
    test: SUPPLY_TEST,
    name: 'CONTRIBUTING.md tells why each package is there that we ask for, and of no other',
    removal: {
      file: 'CONTRIBUTING.md',
      find: '| smol-toml | TOML 1.0 parser',
      replace: '| (a parser) | TOML 1.0 parser',
    },
  },
  {
    document: 'SECURITY',
    promise: 'docs/dependencies.md lists all that runs, with what those packages bring',
    test: SUPPLY_TEST,
    name: 'docs/dependencies.md lists what runs, all of it',
    removal: { file: 'docs/dependencies.md', find: '| split2 |', replace: '| split |' },
  },
  {
    document: 'SECURITY',
    promise: 'What is installed is what the lock file has, by SHA-512',
    test: SUPPLY_TEST,
    name: 'every package is installed from the registry, by the hash that the lock file has',
    removal: {
      file: 'package-lock.json',
      find: '"integrity": "sha512-UcjcJOWknrNkF6PLX83qcHM6KHgVKNkV62Y8a5uYDVv9ydGQVwAHMKqHdJje1VTWpljG0WYpCDhrCdAOYH4TWg==",',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Installing runs no scripts',
    test: SUPPLY_TEST,
    name: 'npm is told to run no install scripts',
    removal: { file: '.npmrc', find: 'ignore-scripts=true\n', replace: '' },
  },
  {
    document: 'SECURITY',
    promise: 'No secret of the configuration is in a log',
    test: SECRETS_TEST,
    name: 'the %s secret is in no log, answer, metric or argument',
    removal: {
      file: 'packages/engine/src/engine.ts',
      find: "logger.info({ url: httpAddress.url, mediaAddresses }, 'engine started');",
      replace: "logger.info({ url: httpAddress.url, mediaAddresses, config }, 'engine started');",
    },
  },
  {
    document: 'SECURITY',
    promise: 'No token that a caller brings is in a log or an answer',
    test: SECRETS_TEST,
    name: 'no token that a caller brings is in a log, answer or metric',
    removal: {
      file: 'packages/edge/src/http/rpc-server.ts',
      find: "method: isMethod(call.method) ? call.method : 'unknown',",
      replace: "method: isMethod(call.method) ? call.method : 'unknown', headers: request.headers,",
    },
  },
  {
    document: 'SECURITY',
    promise: 'A configuration that is refused is told without its secrets',
    test: UNTOLD_TEST,
    name: 'a configuration that is refused is not told with its secrets',
    removal: {
      file: 'packages/edge/src/config/configuration-error.ts',
      find: "SECRET_KEYS.has(key) && value !== '' ? HIDDEN : showValue(value)",
      replace: 'showValue(value)',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A configuration in which a section is no section is told without its secrets',
    test: UNTOLD_TEST,
    name: 'a configuration that is refused is not told with its secrets',
    removal: {
      file: 'packages/edge/src/config/toml-file.ts',
      find: 'showShape(issue.input)',
      replace: 'showValue(issue.input)',
    },
  },
  {
    document: 'SECURITY',
    promise: 'A process that crashes leaves no core, where deploy/ has set it up',
    test: UNTOLD_TEST,
    name: 'the end of a process leaves no core, which would hold its secrets',
    removal: { file: 'deploy/systemd/kraken-engine.service', find: 'LimitCORE=0\n', replace: '' },
  },
  {
    document: 'SECURITY',
    promise:
      'The token of the dashboard and the secret of the cluster are compared in constant time, whatever their length',
    test: 'packages/edge/src/auth/bearer-secret.test.ts',
    name: '%j is compared in constant time, whatever its length',
    removal: {
      file: 'packages/edge/src/auth/bearer-secret.ts',
      find: 'timingSafeEqual(digest(header), expected)',
      replace: 'digest(header).equals(expected)',
    },
  },
  {
    document: 'SECURITY',
    promise: 'The proofs that engines leave in Redis are compared in constant time',
    test: 'packages/shared-registry/src/proof-time.test.ts',
    name: 'a proof is compared in constant time',
    removal: {
      file: 'packages/shared-registry/src/proof.ts',
      find: 'proof.length === expected.length && timingSafeEqual(proof, expected)',
      replace: 'proof.equals(expected)',
    },
  },
];
