/** What the configuration file may hold: Kraken's keys and ours, in the file's own spelling. */
import { isIP } from 'node:net';
import { z } from 'zod';

export const MAX_PORT = 65535;
/** More media workers than any machine has cores for. */
const MAX_WORKERS = 256;
/** More participants than any room has. */
const MAX_SPREAD_ROOM_AT = 1_000_000;
/** The numbers of pino's levels end here; see log-level.ts. */
const MAX_LOG_LEVEL = 60;

export const LOG_LEVEL_NAMES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevelName = (typeof LOG_LEVEL_NAMES)[number];

/** A zod error setting that says what is expected, whatever the fault. */
function expected<T extends string>(what: T): { readonly error: `expected ${T}` } {
  return { error: `expected ${what}` };
}

function integer(
  minimum: number,
  maximum: number,
  fault: { readonly error: string } = expected(`an integer from ${minimum} to ${maximum}`),
) {
  return z.int(fault).min(minimum, fault).max(maximum, fault);
}

const text = z.string(expected('a string'));
const yesOrNo = z.boolean(expected('true or false'));
const port = integer(0, MAX_PORT);

const address = expected('an IP address, or an array of one IPv4 and one IPv6 address');
const oneAddress = z.string(address).refine((value) => isIP(value) !== 0, address);

const interfaceNames = expected("an interface's name or an array of names");
const logLevel = expected(`an integer from 0 to ${MAX_LOG_LEVEL} or one of ${LOG_LEVEL_NAMES.join(', ')}`);

/** Either coturn's own form `host:port` or a URI as in RFC 7065, without a query. */
const TURN_HOST = /^(turns?:)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$/;
const turnHost = expected('turn:host:port');

function section<Shape extends z.core.$ZodLooseShape>(name: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'invalid_type' ? `expected a section [${name}]` : undefined),
  });
}

export const fileSchema = z.strictObject({
  engine: section('engine', {
    interface: z.union([text, z.array(text)], interfaceNames).default(''),
    address: z
      .union([z.literal(''), oneAddress, z.array(oneAddress)], address)
      .refine((value) => !Array.isArray(value) || new Set(value.map(isIP)).size === value.length, address)
      .default(''),
    'log-level': z
      .union([integer(0, MAX_LOG_LEVEL, logLevel), z.enum(LOG_LEVEL_NAMES)], logLevel)
      .default('info'),
    'port-min': port.default(0),
    'port-max': port.default(0),
    workers: integer(0, MAX_WORKERS).default(0),
    'spread-room-at': integer(1, MAX_SPREAD_ROOM_AT).default(200),
    tcp: yesOrNo.default(true),
    io: z.enum(['auto', 'batched', 'dgram'], expected('one of auto, batched, dgram')).default('auto'),
  }).prefault({}),
  turn: section('turn', {
    host: text.refine((value) => value === '' || TURN_HOST.test(value), turnHost).default(''),
    secret: text.default(''),
  }).prefault({}),
  rpc: section('rpc', {
    host: text.default(''),
    port: port.default(7000),
  }).prefault({}),
  callback: section('callback', {
    'allow-private': yesOrNo.default(false),
  }).prefault({}),
});

export type FileContent = z.infer<typeof fileSchema>;
