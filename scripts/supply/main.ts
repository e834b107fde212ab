/** `npm run sbom`: writes the software bill of materials. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DEPENDENCIES_DOCUMENT, dependenciesDocument } from './dependencies-document.js';
import { lockedPackages } from './locked-packages.js';

const BILL = 'artifacts/sbom.cdx.json';
/** Of npm's answer, octets. */
const MAX_BILL_LENGTH = 64 * 1_024 * 1_024;

/**
 * @param args behind the program's name: `--write` writes docs/dependencies.md as well
 * @param root the repository
 * @throws Error when npm makes no bill, as when what is installed is not what the lock file has
 */
export function main(args: readonly string[], root: string): void {
  const { values } = parseArgs({ args: [...args], options: { write: { type: 'boolean' } } });
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const options = ['sbom', '--omit', 'dev', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const { status, stdout, stderr } = spawnSync(npm, options, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: MAX_BILL_LENGTH,
  });
  if (status !== 0) throw new Error(`npm ${options.join(' ')}: ${stderr}`);
  mkdirSync(path.join(root, path.dirname(BILL)), { recursive: true });
  writeFileSync(path.join(root, BILL), named(stdout, root));
  console.log(`written to ${BILL}`);
  if (values.write !== true) return;
  writeFileSync(path.join(root, DEPENDENCIES_DOCUMENT), dependenciesDocument(lockedPackages(root)));
  console.log(`written to ${DEPENDENCIES_DOCUMENT}`);
}

/** npm calls the project by the name of its folder. */
function named(bill: string, root: string): string {
  const { name }: { readonly name: string } = JSON.parse(
    readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  const content = JSON.parse(bill);
  content.metadata.component.name = name;
  return `${JSON.stringify(content, null, 2)}\n`;
}
