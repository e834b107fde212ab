/**
 * `npm start`: runs the engine from a fresh clone. Installs the packages and builds where needed, then is the
 * engine: `npm start -- -c config/engine.toml` hands on what stands behind the `--`.
 */
const MINIMUM_NODE = [20, 19];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
  fail(`Kraken needs Node.js ${MINIMUM_NODE.join('.')} or newer, this is ${process.versions.node}`);
}

// Imports follow each other because what a later one loads, an earlier one installs or builds.
try {
  const { ensureDependencies } = await import('./dependencies.mjs');
  ensureDependencies();
  const { build } = await import('./build.mjs');
  await build();
} catch (error) {
  fail(`npm start: ${error.message}`);
}
(await import('./end-with-parent.mjs')).endWithParent();
await import('../packages/kraken/bin/kraken.mjs');

function fail(message) {
  console.error(message);
  process.exit(1);
}
