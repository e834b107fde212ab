/** What this machine's own firewall does to packets that nobody has asked for, as far as it tells. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { EngineConfig } from '@kraken/engine';
import { type Finding, ok, warning } from '../finding.js';

const NAME = 'firewall';
const TIMEOUT = 3_000;
/** A base chain of nftables that drops what no rule takes. */
const NFT_DROPS = /hook input[^;]*;\s*policy drop/;
/** The same in iptables' words. */
const IPTABLES_DROPS = /^-P INPUT (DROP|REJECT)/m;

const run = promisify(execFile);

export async function checkFirewall({ media, rpc }: EngineConfig): Promise<readonly Finding[]> {
  const protocols = media.tcp ? 'UDP and TCP' : 'UDP';
  const needs = `let in ${protocols} ${media.portMin} to ${media.portMax}, and TCP ${rpc.port} for the API`;
  const rules = [await output('nft', 'list', 'ruleset'), await output('iptables', '-S', 'INPUT')];
  if (rules.every((text) => text === null)) {
    return [ok(NAME, `this machine's rules cannot be read; ${needs}, here and in the cloud's`)];
  }
  if (rules.some((text) => text !== null && (NFT_DROPS.test(text) || IPTABLES_DROPS.test(text)))) {
    return [
      warning(NAME, 'this machine drops incoming packets that no rule takes', `check that rules ${needs}`),
    ];
  }
  return [ok(NAME, `this machine drops nothing by default; a firewall before it has to ${needs}`)];
}

/** @returns null where the program or the right to use it is missing */
async function output(program: string, ...args: readonly string[]): Promise<string | null> {
  try {
    return (await run(program, args, { timeout: TIMEOUT })).stdout;
  } catch {
    return null;
  }
}
