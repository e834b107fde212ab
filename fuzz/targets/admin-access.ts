import { type AuthConfig, demandsTokens } from '@kraken/edge/auth/auth-config';
import { Callers } from '@kraken/edge/auth/callers';
import { signToken } from '@kraken/edge/auth/sign-token';
import { Gate } from '@kraken/edge/gate/gate';
import { DEFAULT_HTTP_LIMITS } from '@kraken/edge/gate/limits';
import { RefusalCounts } from '@kraken/edge/gate/refusal-counts';
import { TrustedProxies } from '@kraken/edge/gate/trusted-proxies';
import { buildRpcServer } from '@kraken/edge/http/rpc-server';
import type { PageFile } from '@kraken/edge/http/static-page';
import { ALL_PERMISSIONS } from '@kraken/protocol';
import { pino } from 'pino';
import { addAdminRoutes } from '../../packages/engine/src/admin/admin-routes.js';
import { Dashboard } from '../../packages/engine/src/admin/dashboard.js';
import type { OperatedRoom, RoomOperator } from '../../packages/engine/src/room/operator.js';
import { OctetReader } from '../input/octet-reader.js';
import { type FuzzTarget, promise } from '../target.js';
import { type AdminConfiguration, type Allowance, allowanceOf } from './admin-model.js';
import {
  type AdminRequest,
  KNOWN_TARGETS,
  octetsOf,
  ROOM,
  readRequest,
  TOKEN,
  UID,
} from './admin-requests.js';
import { InjectedConnection } from './injected-connection.js';

const SECRET = 'the secret of access tokens, of thirty-two octets or more';
/** s since 1970 */
const FAR_AWAY = 4_000_000_000;
const MAX_REQUESTS = 3;
const PAGE_TEXT = 'what the page of the operator says';
/** What stands in answers to questions alone. */
const FIGURES = [ROOM, UID, '"census"', '"series"', '"rooms":['];
const CONFIGURATIONS = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => ({
  hasToken: (bits & 1) > 0,
  demandsTokens: (bits & 2) > 0,
  hasProxies: (bits & 4) > 0,
}));
const UNLIMITED = { perSecond: 0, burst: 0 };

interface Configuration extends AdminConfiguration {
  readonly hasProxies: boolean;
}

interface Answer {
  /** Of the last answer: those before it are for information. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** The operator's page and its questions and orders: who may not gets a refusal and nothing else, who may gets what was asked. */
export const adminAccess: FuzzTarget = {
  name: 'admin-access',
  maxLength: 64,
  maxInputs: 400,
  seeds,
  prepare: async () => {
    const issued = { secret: SECRET, issuer: null, audience: null, issuedAt: 0, expiresAt: FAR_AWAY };
    const accessToken = await signToken({ ...issued, claims: { administer: true } });
    const engines = await Promise.all(
      CONFIGURATIONS.map((configuration) => AdminEngine.start(configuration)),
    );
    return async (input) => {
      const reader = new OctetReader(input);
      const engine = reader.pick(engines);
      for (let request = 0; request === 0 || (request < MAX_REQUESTS && !reader.isAtEnd); request++)
        await engine.check(readRequest(reader, accessToken));
    };
  },
};

/** An engine's HTTP server with a room in it, without media. */
class AdminEngine {
  readonly #configuration: Configuration;
  readonly #orders: string[] = [];
  readonly #logged: string[] = [];
  readonly #server;

  private constructor(configuration: Configuration) {
    this.#configuration = configuration;
    const write = (line: string) => this.#logged.push(line);
    const logger = pino({ level: 'info' }, { write });
    const auth: AuthConfig = {
      secret: configuration.demandsTokens ? SECRET : null,
      jwks: null,
      issuer: null,
      audience: null,
      insecure: !configuration.demandsTokens,
    };
    const operator = this.#operator();
    this.#server = buildRpcServer({
      callers: new Callers({ auth, logger }),
      answer: () => ({}),
      isMethod: () => false,
      page: new Map(),
      metrics: async () => '',
      metricsContentType: 'text/plain',
      gate: new Gate({
        limits: { ...DEFAULT_HTTP_LIMITS, addressCalls: UNLIMITED },
        proxies: new TrustedProxies(configuration.hasProxies ? ['10.0.0.0/8', '127.0.0.1'] : []),
        monitor: null,
        refusals: new RefusalCounts(),
        logger,
        now: () => performance.now(),
      }),
      certificate: null,
      logger,
    });
    addAdminRoutes(this.#server, {
      token: configuration.hasToken ? TOKEN : null,
      demandsTokens: demandsTokens(auth),
      dashboard: new Dashboard({
        version: '1',
        workers: [],
        control: { operator, observe: () => undefined },
        isDraining: () => false,
        sockets: () => 0,
        logger,
        now: () => performance.now(),
      }),
      operator,
      page: new Map([
        ['/', PAGE_FILE],
        ['/page.js', PAGE_FILE],
      ]),
      logger,
    });
  }

  static async start(configuration: Configuration): Promise<AdminEngine> {
    const engine = new AdminEngine(configuration);
    await engine.#server.ready();
    return engine;
  }

  async check(request: AdminRequest): Promise<void> {
    this.#orders.length = 0;
    this.#logged.length = 0;
    const allowance = allowanceOf(request, this.#configuration);
    const answer = await this.#ask(request);
    checkSecrecy(request, answer, allowance, this.#orders);
    const logged = this.#logged.join('');
    promise(!/"level":[56]0/.test(logged), `nothing is a bug: ${logged}`);
    promise(!logged.includes(TOKEN) && !logged.includes(SECRET), 'no secret is logged');
    if (isWellFormed(request)) checkKnown(request, answer, allowance, this.#orders);
  }

  async #ask(request: AdminRequest): Promise<Answer> {
    const connection = new InjectedConnection(request.remoteAddress ?? undefined);
    this.#server.server.emit('connection', connection);
    connection.receive(octetsOf(request));
    await connection.gone;
    const text = connection.said.toString('latin1');
    const [, informational = '', status = '0', head = '', body = ''] =
      /^((?:HTTP\/1\.1 1\d\d [^\r]*\r\n\r\n)*)HTTP\/1\.1 (\d{3}) (.*?)\r\n\r\n(.*)$/s.exec(text) ?? [];
    promise(
      status !== '0' || request.method === 'CONNECT',
      `each request is answered: ${text}${informational}`,
    );
    return { status: Number(status), head, body };
  }

  #operator(): RoomOperator {
    const order = (what: string, rid: string) => {
      this.#orders.push(what);
      return rid === ROOM;
    };
    return {
      rooms: () => ROOMS,
      closeRoom: (rid) => order('close', rid),
      remove: (rid) => order('remove', rid),
      silence: (rid) => order('silence', rid),
      permit: (rid) => order('permit', rid),
    };
  }
}

const PAGE_FILE: PageFile = { contentType: 'text/plain', etag: '"1"', body: Buffer.from(PAGE_TEXT) };
const ROOMS: readonly OperatedRoom[] = [
  {
    rid: ROOM,
    participants: [
      {
        uid: UID,
        name: null,
        cid: '00000000-0000-4000-8000-000000000000',
        transportId: 1,
        worker: 0,
        joinedAt: 0,
        connected: true,
        publishing: true,
        muted: false,
        silenced: false,
        permissions: ALL_PERMISSIONS,
        speaking: false,
      },
    ],
  },
];

/** What holds of all requests, whatever they look like. */
function checkSecrecy(
  request: AdminRequest,
  answer: Answer,
  allowance: Allowance,
  orders: readonly string[],
): void {
  const { status, head, body } = answer;
  promise(status !== 500, 'nothing is a bug');
  // Pages of all origins may call: they get their Origin back.
  const told = head.replace(/^access-control-allow-origin:.*$/gim, '') + body;
  promise(!told.includes(TOKEN) && !told.includes(SECRET), 'no answer has a secret in it');
  const isShown = FIGURES.some((figure) => body.includes(figure));
  promise(!isShown || allowance.question !== false, 'figures are for who may ask');
  promise(!body.includes(PAGE_TEXT) || allowance.page !== false, 'the page is for who may see it');
  promise(orders.length === 0 || allowance.change !== false, 'orders are taken of who may change things');
  promise(orders.length === 0 || request.method === 'POST', 'orders are posted');
}

/** Whether Node's parser has no reason to find fault with it, nor Node an expectation that nothing can meet. */
function isWellFormed({ headers, version }: AdminRequest): boolean {
  const hasHost = version === '1.0' || headers.some(([name]) => name.toLowerCase() === 'host');
  return hasHost && headers.every(([name, value]) => isReadable(value) && !/^expect$/i.test(name));
}

function isReadable(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

/** What holds of a target that leads to a known place, as it is written there. */
function checkKnown(
  request: AdminRequest,
  answer: Answer,
  allowance: Allowance,
  orders: readonly string[],
): void {
  const known = KNOWN_TARGETS.find(({ target }) => target === request.target);
  if (known === undefined || !['GET', 'HEAD', 'POST', 'OPTIONS', 'PUT'].includes(request.method)) return;
  promise(!/^access-control-/im.test(answer.head), 'pages of other origins are told nothing');
  const isGet = request.method === 'GET' || request.method === 'HEAD';
  const { status } = answer;
  if (known.kind === 'page' && isGet) {
    if (allowance.page === true) promise(status === 200 || status === 302, 'who may see the page does');
    if (allowance.page === false) checkRefusal(request, answer);
    return;
  }
  if (allowance.question === false) checkRefusal(request, answer);
  if (known.kind === 'question' && isGet && allowance.question === true)
    promise(status === 200, 'who may ask is answered');
  if (known.kind !== 'change' || request.method !== 'POST') return;
  if (allowance.change === false && allowance.question === true)
    promise(status === 415, 'a change is told as JSON');
  if (allowance.change === true && request.body === known.body)
    promise(status === 200 && orders.length === 1, 'who may change things does');
}

function checkRefusal({ method }: AdminRequest, { status, head, body }: Answer): void {
  promise(status === 401 || status === 403, 'who may not is refused');
  promise((status === 401) === /^www-authenticate: Bearer/im.test(head), 'who has no token is asked for it');
  promise(
    method === 'HEAD' || /^\{"error":"[^"{}]*("[^{}]*)?"\}$/.test(body),
    'a refusal says why, and nothing else',
  );
}

function seeds(): Uint8Array[] {
  const targets = KNOWN_TARGETS.map((_, index) => index);
  return targets.flatMap((target) =>
    [0, 1, 2, 3].map((configuration) => {
      const known = KNOWN_TARGETS[target];
      const method = known?.kind === 'change' ? 1 : 0;
      const body = known?.kind === 'change' ? target - 4 : 0;
      // From this machine, with the token and as JSON.
      return Uint8Array.of(configuration, target, 0, method, 0, 0, 0, body, 2, 0, 0, 0, 3, 0, 0);
    }),
  );
}
