/**
 * Installs mediasoup beside the benchmark, in artifacts/mediasoup, and builds its worker from the npm package's
 * sources, where its own prebuilt worker cannot be downloaded. As root on Debian 12, ten minutes of CPU time:
 *
 *   node bench/sfu/install-mediasoup.mjs
 *
 * The worker's build fetches the sources of its libraries from their projects; here they are Debian's. libsrtp is built
 * from Debian's source, because Debian's binary runs on NSS and mediasoup's on OpenSSL.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The last whose libraries are all in Debian 12: later ones want FlatBuffers 23 and libsrtp 3. */
const VERSION = '3.12.16';
const DEBIAN_PACKAGES = [
  ...['g++', 'meson', 'ninja-build', 'pkg-config', 'ca-certificates'],
  ...['libabsl-dev', 'libssl-dev', 'libusrsctp-dev', 'libuv1-dev', 'nlohmann-json3-dev'],
];
/** Meson's subprojects by what the worker's build wants of them; each hands on what Debian has. */
const SUBPROJECTS = {
  'abseil-cpp': {
    dependencies: {
      absl_container_dep: 'absl_flat_hash_map',
      absl_strings_dep: 'absl_strings',
      absl_types_dep: 'absl_optional',
    },
    options: [],
  },
  libuv: { dependencies: { libuv_dep: 'libuv' }, options: ['build_tests', 'build_benchmarks'] },
  nlohmann_json: { dependencies: { nlohmann_json_dep: 'nlohmann_json' }, options: [] },
  openssl: { dependencies: { openssl_dep: 'openssl' }, options: [] },
  usrsctp: { dependencies: { usrsctp_dep: 'usrsctp' }, options: ['sctp_build_programs'] },
  catch2: { dependencies: {}, options: [] },
};

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const folder = path.join(root, 'artifacts/mediasoup');
const worker = path.join(folder, 'node_modules/mediasoup/worker');
const build = path.join(folder, 'build');

installPackages();
writeSubprojects();
fetchLibsrtp();
leaveOnlyTheProgram();
run('meson', ['setup', '--buildtype', 'release', '-Db_ndebug=true', build, worker]);
run('ninja', ['-C', build, 'mediasoup-worker']);
mkdirSync(path.join(worker, 'out/Release'), { recursive: true });
cpSync(path.join(build, 'mediasoup-worker'), path.join(worker, 'out/Release/mediasoup-worker'));
console.log('mediasoup is installed in artifacts/mediasoup');

function installPackages() {
  run('apt-get', ['update', '-q']);
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...DEBIAN_PACKAGES]);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(build, { recursive: true });
  // Its install script would download a worker.
  run('npm', [
    'install',
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `mediasoup@${VERSION}`,
  ]);
}

function writeSubprojects() {
  const subprojects = path.join(worker, 'subprojects');
  // Those that came along name archives to download.
  rmSync(subprojects, { recursive: true });
  for (const [name, { dependencies, options }] of Object.entries(SUBPROJECTS)) {
    const subproject = path.join(subprojects, name);
    mkdirSync(subproject, { recursive: true });
    const found = Object.entries(dependencies).map(
      ([variable, wanted]) => `${variable} = dependency('${wanted}')`,
    );
    writeFileSync(path.join(subproject, 'meson.build'), lines([`project('${name}', 'c', 'cpp')`, ...found]));
    const ignored = options.map((option) => `option('${option}', type: 'boolean', value: false)`);
    writeFileSync(path.join(subproject, 'meson_options.txt'), lines(ignored));
  }
}

/** By package lists of its own, since sources are seldom among those of the system. */
function fetchLibsrtp() {
  const apt = path.join(folder, 'apt');
  mkdirSync(path.join(apt, 'lists/partial'), { recursive: true });
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const source = `deb-src [signed-by=${keyring}] http://deb.debian.org/debian ${codename} main`;
  writeFileSync(path.join(apt, 'sources.list'), lines([source]));
  const options = [
    `Dir::Etc::sourcelist=${apt}/sources.list`,
    'Dir::Etc::sourceparts=/dev/null',
    `Dir::State::lists=${apt}/lists`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  run('apt-get', [...options, 'update', '-q']);
  run('apt-get', [...options, 'source', '-q', '--download-only', 'libsrtp2'], apt);
  const archive = readdirSync(apt).find((name) => /^libsrtp2_.*\.orig\.tar\.\w+$/.test(name));
  if (archive === undefined) throw new Error('apt-get has brought no source of libsrtp2');
  const target = path.join(worker, 'subprojects/libsrtp2');
  mkdirSync(target);
  run('tar', ['-xf', path.join(apt, archive), '-C', target, '--strip-components=1']);
}

/** The build file describes tests and a library besides, which want more of the subprojects; and a newer meson. */
function leaveOnlyTheProgram() {
  const file = path.join(worker, 'meson.build');
  const text = readFileSync(file, 'utf8').replace(/meson_version: '[^']*'/, "meson_version: '>= 1.0.0'");
  const [linked, library, program, tests] = [
    'link_whole = [',
    'libmediasoup_worker = library(',
    "executable(\n  'mediasoup-worker',",
    'test_sources = [',
  ].map((start) => text.indexOf(start));
  if ([linked, library, program, tests].includes(-1)) throw new Error(`${file} is not as it was`);
  writeFileSync(file, text.slice(0, linked) + text.slice(program, tests));
}

function lines(list) {
  return list.map((line) => `${line}\n`).join('');
}

function run(command, args, cwd = root) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env, cwd });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`);
}
