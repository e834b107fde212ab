import type { TcpLimits } from '../../contract/messages.js';

/** TCP connections that one worker holds. */
export const MAX_CONNECTIONS = 4096;
/** Some hundred connectivity checks; and the phones of an office that all connect at the same time. */
export const DEFAULT_TCP_LIMITS: TcpLimits = { octets: 32 * 1024, perAddress: 128 };
