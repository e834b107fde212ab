import { expect } from 'vitest';
import type { IceCredentials } from '../../../contract/messages.js';
import { type CheckAccepted, type CheckResult, IceLiteAgent } from '../ice-agent.js';
import type { MappedAddress } from '../mapped-address.js';
import { parseStunMessage, StunMessage } from '../stun-message.js';
import { MAX_RESPONSE_LENGTH } from '../stun-writer.js';
import * as checks from './connectivity-checks.js';

export const FIRST: IceCredentials = {
  localUfrag: 'local1',
  localPassword: 'localPasswordNumberOne11',
  remoteUfrag: 'remote1',
  remotePassword: 'remotePasswordNumberOne1',
};
export const SECOND: IceCredentials = {
  ...FIRST,
  localUfrag: 'local2',
  localPassword: 'localPasswordNumberTwo22',
  remoteUfrag: 'remote2',
};
export const THIRD: IceCredentials = {
  ...FIRST,
  localUfrag: 'local3',
  localPassword: 'localPasswordNumberThree',
  remoteUfrag: 'remote3',
};

const SOURCE: MappedAddress = {
  family: 'IPv4',
  port: 4000,
  bytes: Uint8Array.of(192, 0, 2, 1),
  addressOffset: 0,
};
const PRIORITY = 1000;
const OUTPUT_OFFSET = 16;

export interface Check {
  readonly nominates?: boolean;
  readonly priority?: number;
  readonly credentials?: IceCredentials;
  readonly username?: string;
  readonly password?: string;
}

export function buildCheck(check: Check = {}): Uint8Array {
  const { localUfrag, remoteUfrag, localPassword } = check.credentials ?? FIRST;
  return checks.buildMessage({
    attributes: [
      checks.username(check.username ?? `${localUfrag}:${remoteUfrag}`),
      checks.controlling,
      checks.priority(check.priority ?? PRIORITY),
      ...(check.nominates === true ? [checks.useCandidate] : []),
    ],
    password: check.password ?? localPassword,
  });
}

/** An agent, its clock and what it wrote last. */
export class Bench {
  readonly agent = new IceLiteAgent(FIRST, checks.hmacSha1);
  readonly output = Buffer.alloc(OUTPUT_OFFSET + MAX_RESPONSE_LENGTH);
  readonly #message = new StunMessage();
  now = 1_000_000;

  receive(bytes: Uint8Array, tuple: number): CheckResult {
    this.output.fill(0);
    expect(parseStunMessage(bytes, 0, bytes.length, this.#message)).toBeNull();
    const before = bytes.slice();
    const result = this.agent.handleRequest(
      this.#message,
      bytes,
      tuple,
      SOURCE,
      this.now,
      this.output,
      OUTPUT_OFFSET,
    );
    expect(Buffer.compare(bytes, before)).toBe(0);
    if (result.kind === 'dropped') expect(this.output.every((byte) => byte === 0)).toBe(true);
    return result;
  }

  check(tuple: number, check: Check = {}): CheckAccepted {
    const result = this.receive(buildCheck(check), tuple);
    if (result.kind !== 'accepted') throw new Error(`the check was ${result.kind}`);
    return result;
  }

  get selected(): number {
    return this.agent.selectedTuple;
  }

  response(result: CheckResult): Buffer {
    if (result.kind === 'dropped') throw new Error('there is no response');
    return Buffer.from(this.output.subarray(OUTPUT_OFFSET, OUTPUT_OFFSET + result.responseLength));
  }
}
