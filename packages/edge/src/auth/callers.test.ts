import { RpcError } from '@kraken/protocol';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { Callers } from './callers.js';
import { OPEN_AUTH, SECRET_AUTH, tokenOf } from './testing/tokens.js';

const logger = pino({ level: 'silent' });
const callers = new Callers({ auth: SECRET_AUTH, logger });
const CLAIMS = { room: 'r1', uid: 'u1' };

async function refusal(header: string | undefined): Promise<string> {
  const error = await callers.ofHeader(header).catch((reason: unknown) => reason);
  return error instanceof RpcError ? error.name : 'none';
}

test('whoever calls shows a token in the header Authorization', async () => {
  const token = await tokenOf(CLAIMS);
  for (const scheme of ['Bearer', 'bearer', 'BEARER ']) {
    expect(await callers.ofHeader(`${scheme} ${token}`)).toMatchObject({
      kind: 'granted',
      grant: { uid: 'u1' },
    });
  }
});

test('no token, a bad one and an expired one are told apart', async () => {
  expect(await refusal(undefined)).toBe('TOKEN_MISSING');
  expect(await refusal('')).toBe('TOKEN_INVALID');
  expect(await refusal('Basic dTpw')).toBe('TOKEN_INVALID');
  expect(await refusal('Bearer')).toBe('TOKEN_INVALID');
  expect(await refusal(`Bearer ${await tokenOf(CLAIMS)} x`)).toBe('TOKEN_INVALID');
  expect(await refusal(`Bearer ${await tokenOf(CLAIMS, -60)}`)).toBe('TOKEN_EXPIRED');
});

test('where no tokens are demanded, whatever is sent counts for nothing', async () => {
  const open = new Callers({ auth: OPEN_AUTH, logger });
  expect(open.areOpen).toBe(true);
  expect(await open.ofHeader('Bearer x')).toEqual({ kind: 'open' });
  expect(await open.ofToken(7)).toEqual({ kind: 'open' });
});

test('a token that was good no longer counts behind its end', async () => {
  const caller = await callers.ofToken(await tokenOf(CLAIMS, 0));
  expect(() => callers.requireUnexpired(caller)).not.toThrow();
  if (caller.kind !== 'granted') throw new Error('no grant');
  const past = {
    kind: 'granted',
    grant: { ...caller.grant, expiresAt: caller.grant.expiresAt - 60 },
  } as const;
  expect(() => callers.requireUnexpired(past)).toThrow('the token has expired');
});
