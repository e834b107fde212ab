import type { AuthConfig } from '@kraken/edge/auth/auth-config';
import { Callers } from '@kraken/edge/auth/callers';
import { pino } from 'pino';
import { OctetReader } from '../input/octet-reader.js';
import type { FuzzTarget } from '../target.js';
import { SessionModel } from './session-model.js';
import { EPOCH, makeTokens, SECRET } from './session-tokens.js';
import { VirtualTimers } from './virtual-timers.js';

const MAX_STEPS = 40;
const OCTETS_OF_STEP = 3;
const AUTH: AuthConfig = { secret: SECRET, jwks: null, issuer: null, audience: null, insecure: false };

/** Live sockets where tokens are demanded, with calls in any order: three octets for each step. */
export const liveSession: FuzzTarget = {
  name: 'live-session',
  maxLength: OCTETS_OF_STEP * MAX_STEPS,
  seeds: () => [
    // Two open, show tokens and publish; one mutes herself and leaves.
    Uint8Array.of(0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0, 0, 1, 1, 1, 2, 1, 1, 7, 0, 0, 5, 0, 0),
    // Calls without a token, with a forged one and with that of another room.
    Uint8Array.of(0, 0, 0, 2, 0, 0, 6, 0, 0, 1, 0, 7, 2, 0, 0, 1, 0, 3, 2, 0, 0, 3, 0, 0),
    // A socket is lost; another one resumes, and the token ends.
    Uint8Array.of(
      0,
      0,
      0,
      1,
      0,
      2,
      2,
      0,
      0,
      0,
      1,
      0,
      1,
      1,
      0,
      4,
      1,
      0,
      14,
      0,
      200,
      6,
      0,
      1,
      1,
      0,
      0,
      6,
      0,
      1,
    ),
    // An administrator silences, permits and removes.
    Uint8Array.of(0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 1, 0, 1, 1, 4, 8, 1, 1, 9, 1, 3, 10, 1, 0, 2, 0, 0),
    // Who floods, and what is no request.
    Uint8Array.of(0, 0, 0, 15, 0, 1, 1, 0, 0, 6, 0, 0, 15, 0, 0, 11, 0, 1, 11, 0, 2, 12, 0, 0, 13, 0, 0),
  ],
  prepare: async () => {
    const tokens = await makeTokens();
    const callers = new Callers({ auth: AUTH, logger: pino({ level: 'silent' }) });
    return async (input) => {
      const timers = new VirtualTimers();
      const realNow = Date.now;
      Reflect.set(Date, 'now', () => EPOCH * 1_000 + timers.now);
      const model = new SessionModel(timers, callers, tokens);
      try {
        const reader = new OctetReader(input);
        for (let step = 0; step < MAX_STEPS && !reader.isAtEnd; step++)
          await model.act(reader.octet(), reader.octet(), reader.octet());
        await model.settle();
      } finally {
        model.close();
        Reflect.set(Date, 'now', realNow);
        timers.restore();
      }
    };
  },
};
