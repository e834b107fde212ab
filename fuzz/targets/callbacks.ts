import { Resolver } from 'node:dns/promises';
import { Agent } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { parseUrl } from '@kraken/edge/http/parse-url';
import { type PostOutcome, post } from '../../packages/engine/src/callback/post.js';
import { resolveBy } from '../../packages/engine/src/callback/resolve-host.js';
import { type FuzzTarget, promise } from '../target.js';
import { isSpecial, octetsOfAddress } from './address-model.js';
import { InjectedConnection } from './injected-connection.js';

const BODY = '{"rid":"r"}';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
/** Stands for a header that is too long to be taken. */
const LONG = 'LONG';
const LONG_LENGTH = 9_000;

/** A URL, what DNS tells of its host, and what answers there. */
interface Application {
  readonly url: string;
  readonly addresses: readonly string[];
  readonly answer: string;
}

/** Callbacks: whatever stands in a URL and whatever DNS tells, none leads into a private network; whatever answers, it is one answer. */
export const callbacks: FuzzTarget = {
  name: 'callbacks',
  maxLength: 600,
  seeds,
  dictionary: [
    'https://',
    'localhost.',
    '127.0.0.1',
    '0x7f.1',
    '017700000001',
    '2130706433',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:0:7f00:1::',
    'fe80::1%lo',
    'ff02::1',
    '2606:4700::1',
    '@',
    '.',
    '%31',
    '[',
    ']',
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n',
    'Transfer-Encoding: chunked\r\n',
    LONG,
  ],
  prepare: () => async (input) => {
    const application = readApplication(Buffer.from(input).toString('latin1'));
    const target = parseUrl(application.url);
    if (target === null) return;
    const agent = new RecordingAgent(application.answer);
    const resolver = new ToldResolver(application.addresses);
    const outcome = await post(
      target,
      BODY,
      {},
      {
        allowPrivate: false,
        resolve: (host, signal) => resolveBy(resolver, host, signal),
        agent,
      },
    );
    agent.destroy();
    check(application, agent, resolver, outcome);
  },
};

/** Answers what the input says, whatever is asked. */
class ToldResolver extends Resolver {
  readonly #addresses: readonly string[];
  lookUps = 0;

  constructor(addresses: readonly string[]) {
    super();
    this.#addresses = addresses;
    const told = (family: number) => async () => {
      this.lookUps++;
      return this.#addresses.filter((address) => (isIP(address) === 6 ? 6 : 4) === family);
    };
    Object.defineProperties(this, { resolve4: { value: told(4) }, resolve6: { value: told(6) } });
  }
}

/** Goes by host and look-up as a socket does, but no further; then the answer comes. */
class RecordingAgent extends Agent {
  readonly #answer: string;
  /** Where sockets would have gone to. */
  readonly connected: string[] = [];
  connections = 0;

  constructor(answer: string) {
    super();
    this.#answer = answer;
    Object.defineProperty(this, 'createConnection', {
      value: (options: SocketOptions) => this.#connect(options),
    });
  }

  #connect({ host, lookup }: SocketOptions): Duplex {
    this.connections++;
    const connection = new InjectedConnection();
    if (isIP(host) !== 0) this.connected.push(host);
    else
      lookup(host, { all: true }, (_error, addresses) => {
        this.connected.push(...addresses.map(({ address }) => address));
      });
    setImmediate(() => {
      connection.receive(Buffer.from(this.#answer, 'latin1'));
      connection.receiveEnd();
    });
    return connection;
  }
}

/** What Node gives to who connects in its place. */
interface SocketOptions {
  readonly host: string;
  readonly lookup: (
    host: string,
    options: { readonly all: true },
    answer: (error: Error | null, addresses: readonly { readonly address: string }[]) => void,
  ) => void;
}

function readApplication(text: string): Application {
  const [url = '', addresses = '', ...answer] = text.split('\n');
  return {
    url,
    addresses: addresses.split(' ').filter((address) => address !== ''),
    answer: answer.join('\n').replaceAll(LONG, 'x'.repeat(LONG_LENGTH)),
  };
}

function check(
  { url, addresses, answer }: Application,
  { connected, connections }: RecordingAgent,
  { lookUps }: ToldResolver,
  outcome: PostOutcome,
): void {
  promise(connections <= 1, 'nothing is followed, and nothing tried again');
  promise(lookUps === 0 || lookUps === 2, 'a host is looked up once, for each family');
  promise(connections === 0 || parseUrl(url)?.protocol === 'https:', 'all is encrypted');
  for (const address of connected) {
    const octets = octetsOfAddress(address);
    promise(octets !== null && !isSpecial(octets), `what is called is public: ${address}`);
    promise(lookUps === 0 || addresses.includes(address), 'a name is called where DNS says');
  }
  promise((outcome.kind === 'answered') <= (connected.length > 0), 'who answers was called');
  const isPublic = addresses.some((address) => {
    const octets = isIP(address) === 0 ? null : octetsOfAddress(address);
    return octets !== null && !isSpecial(octets);
  });
  if (lookUps > 0 && isPublic && !addresses.some((address) => address.includes('%')))
    promise(connections === 1, 'what is public is called');
  if (outcome.kind === 'answered') checkStatus(outcome.status, answer);
  else promise(connections === 0 || !answer.startsWith(OK), 'who answers is heard');
}

/** RFC 9112 section 4; what is only for information stands before the answer, RFC 9110 section 15.2. */
function checkStatus(status: number, answer: string): void {
  const lines = answer.split(/\r?\n/).flatMap((line) => /^\s*HTTP\/\d\.\d (\d{3})/.exec(line)?.[1] ?? []);
  promise(
    lines.some((line) => Number(line) === status),
    'the answer has the status that was answered',
  );
  promise(status >= 200, 'what is for information is no answer');
  promise(
    answer.length < LONG_LENGTH || answer.indexOf('\r\n\r\n') < LONG_LENGTH,
    'a long header is no answer',
  );
}

function seeds(): Uint8Array[] {
  const hosts = [
    'hook.example',
    'localhost.',
    'user:password@hook.example:8443',
    '1.1.1.1',
    '0x7f.1',
    '017700000001',
    '2130706433',
    '127.0.0.1.',
    '[::ffff:127.0.0.1]',
    '[2606:4700::1111]',
    '[64:ff9b::7f00:1]',
  ];
  const addresses = [
    '1.1.1.1',
    '1.1.1.1 10.0.0.1',
    '::ffff:10.0.0.1 2606:4700::1',
    'fe80::1%lo',
    '2002:7f00:1::',
    '',
  ];
  const answers = [
    OK,
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    'HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: any\r\n\r\n',
    `HTTP/1.1 200 OK\r\nx: ${LONG}\r\n\r\n`,
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    'HTTP/1.0 503 Busy\n\n',
    '',
  ];
  return [
    ...hosts.map((host) => [`https://${host}/hook`, '1.1.1.1', OK]),
    ...addresses.map((some) => ['https://hook.example/', some, OK]),
    ...answers.map((answer) => ['https://hook.example/', '1.1.1.1', answer]),
    ['http://hook.example/', '1.1.1.1', OK],
  ].map((parts) => Buffer.from(parts.join('\n')));
}
