/**
 * Janus with its VideoRoom plugin, of Debian's package `janus`, set up for what is measured: ICE-lite, no STUN, one
 * event loop because it has one core, and nothing loaded that is not needed.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { JanusClient } from '../generator/janus-client.js';
import type { RunningSfu, Sfu, SfuStart } from './sfu.js';
import { findFreePort, SfuProcess } from './sfu-process.js';
import { srtpLibraryOf } from './srtp-library.js';

const NAME = 'janus';
const PROGRAM = '/usr/bin/janus';
const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/janus`;
/** Each transport takes a port of its own: clear of those that Kraken is given and that Linux gives to clients. */
const RTP_PORTS = '61000-65535';
const PLUGINS_NOT_NEEDED =
  'audiobridge duktape echotest lua nosip recordplay sip streaming textroom videocall voicemail';
const TRANSPORTS_NOT_NEEDED = 'mqtt nanomsg pfunix rabbitmq websockets';

export const JANUS: Sfu = { name: NAME, whyNotMeasured, start: startJanus };

async function whyNotMeasured(): Promise<string | null> {
  if (!existsSync(PROGRAM)) return "it is not installed: apt-get install janus, Debian's package";
  if (mediaAddress() === null) {
    return 'it takes no media on the loopback interface, and this machine has no other IPv4 address';
  }
  return null;
}

async function startJanus({ folder, core }: SfuStart): Promise<RunningSfu> {
  const configurationFolder = path.join(folder, NAME);
  mkdirSync(configurationFolder, { recursive: true });
  const port = await findFreePort();
  for (const [file, text] of Object.entries(configurationOf(configurationFolder, port))) {
    writeFileSync(path.join(configurationFolder, file), text);
  }
  const url = `http://127.0.0.1:${port}/janus`;
  const client = new JanusClient(url);
  try {
    const janus = await SfuProcess.start({
      name: NAME,
      command: [PROGRAM, '-F', configurationFolder, '-C', path.join(configurationFolder, 'janus.jcfg')],
      workingFolder: folder,
      folder,
      core,
      isUp: () => answers(client),
    });
    const { version_string: version } = await client.info();
    return {
      name: NAME,
      notes: [`version ${version}`, `SRTP by ${srtpLibraryOf(janus.pid) ?? 'a library of its own'}`],
      pid: janus.pid,
      target: { kind: 'janus', url },
      stop: () => janus.stop(),
      logEnd: () => janus.logEnd(),
    };
  } finally {
    client.close();
  }
}

async function answers(client: JanusClient): Promise<boolean> {
  try {
    await client.info();
    return true;
  } catch {
    return false;
  }
}

/** @returns the files that Janus reads, by name: the API on loopback only, media on one address */
function configurationOf(folder: string, port: number): Record<string, string> {
  const janus = [
    `general: { configs_folder = "${folder}"`,
    `  plugins_folder = "${LIBRARIES}/plugins"`,
    `  transports_folder = "${LIBRARIES}/transports"`,
    '  debug_level = 2',
    '  debug_colors = false',
    '  event_loops = 1 }',
    `media: { rtp_port_range = "${RTP_PORTS}" }`,
    `nat: { ice_lite = true, ice_enforce_list = "${mediaAddress()}" }`,
    `plugins: { disable = "${filesOf(PLUGINS_NOT_NEEDED)}" }`,
    `transports: { disable = "${filesOf(TRANSPORTS_NOT_NEEDED)}" }`,
    'events: { broadcast = false }',
    'loggers: { disable = "libjanus_jsonlog.so" }',
  ];
  const http = [
    'general: { json = "compact", base_path = "/janus", events = false',
    `  http = true, ip = "127.0.0.1", port = ${port}, https = false }`,
    'admin: { admin_http = false }',
  ];
  return {
    'janus.jcfg': `${janus.join('\n')}\n`,
    'janus.transport.http.jcfg': `${http.join('\n')}\n`,
    'janus.plugin.videoroom.jcfg': 'general: { string_ids = true }\n',
  };
}

function filesOf(names: string): string {
  return names
    .split(' ')
    .map((name) => `libjanus_${name}.so`)
    .join(',');
}

/** @returns an IPv4 address of this machine's that is not on the loopback interface, which Janus skips, or null */
function mediaAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null;
}
