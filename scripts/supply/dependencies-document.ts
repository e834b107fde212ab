/** docs/dependencies.md: every package that runs in an engine or a monitor. */
import { table } from '../../bench/report/markdown.js';
import type { LockedPackage } from './locked-packages.js';

export const DEPENDENCIES_DOCUMENT = 'docs/dependencies.md';

/** Prebuilt binaries, one for each system: npm installs the one that fits. */
const PREBUILT = /^@koromix\/koffi-(.*)$/;

export function dependenciesDocument(packages: readonly LockedPackage[]): string {
  const prebuilt = packages.filter(({ name }) => PREBUILT.test(name));
  const others = packages.filter(({ name }) => !PREBUILT.test(name));
  const systems = prebuilt.map(({ name }) => PREBUILT.exec(name)?.[1] ?? name);
  const versions = new Set(prebuilt.map(({ version }) => version));
  const lines = [
    '# What runs besides our own code',
    '',
    'Every package of other people that an engine or a monitor loads, or that comes with one, as package-lock.json has it. Why each of',
    'those that we ask for is there tells [CONTRIBUTING.md](../CONTRIBUTING.md). Written by `npm run sbom -- --write`.',
    '',
    ...table(
      ['package', 'version', 'licence', 'asked for by'],
      others.map(({ name, version, licence, askedFor }) => [name, version, licence, askedFor.join(', ')]),
      4,
    ),
    `koffi's binaries are packages \`@koromix/koffi-<system>\` ${[...versions].join(', ')} (MIT), of which npm installs the one for the`,
    `system that it runs on: ${systems.join(', ')}.`,
  ];
  return `${lines.join('\n')}\n`;
}
