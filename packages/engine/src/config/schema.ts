/** What the configuration file may hold: Kraken's keys and ours, in the file's own spelling. */
import { isIP } from 'node:net';
import { authSection } from '@kraken/edge/auth/auth-config';
import {
  expected,
  integer,
  logLevel,
  port,
  redisUrl,
  rpcSection,
  secretText,
  section,
  text,
  turnSection,
  yesOrNo,
} from '@kraken/edge/config/fields';
import { limitFields } from '@kraken/edge/config/limit-fields';
import { parseUrl } from '@kraken/edge/http/parse-url';
import { DEFAULT_REGION, MAX_LOUDEST } from '@kraken/protocol';
import { z } from 'zod';
import { DEFAULT_TCP_LIMITS, MAX_CONNECTIONS } from '../media/tcp/limits.js';
import { DEFAULT_CAPACITY } from '../room/capacity.js';
import { DEFAULT_DESCRIPTION_LIMITS, MAX_CANDIDATES, MAX_MEDIA_LINES } from '../sdp/sections.js';

/** Kraken's own. */
const DEFAULT_RPC_PORT = 7000;
/** Of regions and URLs that the monitor takes. */
const MAX_NAME_LENGTH = 256;
/** More media workers than any machine has cores for. */
const MAX_WORKERS = 256;
/** More participants than any room has. */
const MAX_SPREAD_ROOM_AT = 1_000_000;

/** Of what signs callbacks, in octets: as long as the hash (RFC 2104, section 3). */
const MIN_SECRET_LENGTH = 32;
/** More than an engine has memory for. */
const MAX_ROOMS = 1_000_000;
const MAX_PARTICIPANTS = 1_000_000;
/** Some checks, with all attributes that there are. */
const MIN_TCP_OCTETS = 1_024;
const MAX_TCP_OCTETS = 16 * 1024 * 1024;

/** A day, s. */
const MAX_DRAIN_LIMIT = 86_400;

const address = expected('an IP address, or an array of one IPv4 and one IPv6 address');
const oneAddress = z.string(address).refine((value) => isIP(value) !== 0, address);

const interfaceNames = expected("an interface's name or an array of names");
const httpUrl = expected('an http or https URL');
const optionalUrl = text
  .refine((value) => value === '' || (isHttpUrl(value) && value.length <= MAX_NAME_LENGTH), httpUrl)
  .default('');
const name = expected('a name');
const callbackSecret = expected(`at least ${MIN_SECRET_LENGTH} octets`);
const loudest = expected(`"auto" or an integer from 0 to ${MAX_LOUDEST}`);

/** What a bearer token may be made of, RFC 6750 section 2.1, and that it is not to be guessed. */
const TOKEN = /^(?=.{16,256}$)[A-Za-z0-9._~+/-]+=*$/;
const token = expected('16 to 256 letters, digits or -._~+/, = at its end');

function isHttpUrl(value: string): boolean {
  return /^https?:$/.test(parseUrl(value)?.protocol ?? '');
}

export const fileSchema = z.strictObject({
  engine: section('engine', {
    interface: z.union([text, z.array(text)], interfaceNames).default(''),
    address: z
      .union([z.literal(''), oneAddress, z.array(oneAddress)], address)
      .refine((value) => !Array.isArray(value) || new Set(value.map(isIP)).size === value.length, address)
      .default(''),
    'log-level': logLevel.default('info'),
    'port-min': port.default(0),
    'port-max': port.default(0),
    workers: integer(0, MAX_WORKERS).default(0),
    'spread-room-at': integer(1, MAX_SPREAD_ROOM_AT).default(200),
    tcp: yesOrNo.default(true),
    io: z.enum(['auto', 'batched', 'dgram'], expected('one of auto, batched, dgram')).default('auto'),
  }).prefault({}),
  recovery: section('recovery', {
    retransmission: yesOrNo.default(true),
    redundancy: yesOrNo.default(true),
  }).prefault({}),
  turn: turnSection.prefault({}),
  rpc: rpcSection(DEFAULT_RPC_PORT).prefault({}),
  auth: authSection.prefault({}),
  limits: section('limits', {
    ...limitFields(),
    rooms: integer(1, MAX_ROOMS).default(DEFAULT_CAPACITY.rooms),
    participants: integer(1, MAX_PARTICIPANTS).default(DEFAULT_CAPACITY.participants),
    'pending-joins': integer(1, MAX_PARTICIPANTS).default(DEFAULT_CAPACITY.pendingJoins),
    'pending-joins-per-address': integer(1, MAX_PARTICIPANTS).default(
      DEFAULT_CAPACITY.pendingJoinsPerAddress,
    ),
    'pending-joins-per-subject': integer(1, MAX_PARTICIPANTS).default(
      DEFAULT_CAPACITY.pendingJoinsPerSubject,
    ),
    'm-lines': integer(2, MAX_MEDIA_LINES).default(DEFAULT_DESCRIPTION_LIMITS.mediaLines),
    candidates: integer(0, MAX_CANDIDATES).default(DEFAULT_DESCRIPTION_LIMITS.candidates),
    'tcp-octets': integer(MIN_TCP_OCTETS, MAX_TCP_OCTETS).default(DEFAULT_TCP_LIMITS.octets),
    'tcp-pending-per-address': integer(1, MAX_CONNECTIONS).default(DEFAULT_TCP_LIMITS.perAddress),
  }).prefault({}),
  callback: section('callback', {
    'allow-private': yesOrNo.default(false),
    secret: text
      .refine((value) => value === '' || Buffer.byteLength(value) >= MIN_SECRET_LENGTH, callbackSecret)
      .default(''),
  }).prefault({}),
  room: section('room', {
    loudest: z.union([z.literal('auto'), integer(0, MAX_LOUDEST, loudest)], loudest).default('auto'),
  }).prefault({}),
  admin: section('admin', {
    token: text.refine((value) => value === '' || TOKEN.test(value), token).default(''),
  }).prefault({}),
  monitor: section('monitor', {
    url: optionalUrl,
    redis: redisUrl,
    secret: secretText.default(''),
    region: z.string(name).min(1, name).max(MAX_NAME_LENGTH, name).default(DEFAULT_REGION),
    'public-url': optionalUrl,
    'private-url': optionalUrl,
    'drain-limit': integer(0, MAX_DRAIN_LIMIT).default(30),
  }).prefault({}),
});

export type FileContent = z.infer<typeof fileSchema>;
