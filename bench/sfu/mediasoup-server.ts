/**
 * A signalling server over mediasoup as small as the benchmark needs it: one worker, a router per room, and calls in
 * JSON over HTTP on loopback. Its only argument is the port.
 *
 *   GET  /info                        → { version }
 *   POST /transports { rid, uid }     → { transport, ufrag, password, fingerprints, candidates }
 *   POST /connect    { transport, fingerprint }
 *   POST /produce    { transport, rtpParameters }
 *   POST /consume    { transport, uids } → { streams: [{ uid, ssrc }] }, of those who publish
 *   POST /close      { transport }
 *   GET  /publications?since=N        → { next, publications: [{ rid, uid }] }, as soon as there are any
 */
import { createServer, type IncomingMessage } from 'node:http';
import { isJsonObject, type JsonObject } from '@kraken/load/http-json-client';
import { loadMediasoup, type RtpParameters } from './mediasoup-api.js';
import { MediasoupRooms } from './mediasoup-rooms.js';

async function run(port: number): Promise<void> {
  const mediasoup = loadMediasoup();
  if (mediasoup === null) throw new Error('mediasoup is not installed');
  const rooms = await MediasoupRooms.create(mediasoup, () => process.exit(1));
  const server = createServer((request, response) => {
    answer(rooms, mediasoup.version, request)
      .catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }))
      .then((result) => response.end(JSON.stringify(result)));
  });
  server.listen(port, '127.0.0.1');
  process.once('SIGTERM', () => {
    rooms.close();
    process.exit();
  });
}

async function answer(rooms: MediasoupRooms, version: string, request: IncomingMessage): Promise<object> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const body = await readBody(request);
  switch (url.pathname) {
    case '/info':
      return { version };
    case '/transports':
      return rooms.openTransport(stringIn(body, 'rid'), stringIn(body, 'uid'));
    case '/connect':
      return rooms.connect(stringIn(body, 'transport'), stringIn(body, 'fingerprint'));
    case '/produce':
      return rooms.produce(stringIn(body, 'transport'), rtpParametersIn(body));
    case '/consume':
      return { streams: await rooms.consume(stringIn(body, 'transport'), stringsIn(body, 'uids')) };
    case '/close':
      return rooms.closeTransport(stringIn(body, 'transport'));
    case '/publications':
      return rooms.publications(Number(url.searchParams.get('since')));
    default:
      throw new Error(`there is no ${url.pathname}`);
  }
}

async function readBody(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  if (chunks.length === 0) return {};
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
  return isJsonObject(body) ? body : {};
}

function stringIn(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value !== 'string') throw new Error(`${name} is no string`);
  return value;
}

function stringsIn(body: JsonObject, name: string): string[] {
  const value = body[name];
  if (!Array.isArray(value)) throw new Error(`${name} is no list`);
  return value.filter((entry) => typeof entry === 'string');
}

/** Only its outside is looked at: mediasoup validates what is in it. */
function rtpParametersIn({ rtpParameters }: JsonObject): RtpParameters {
  if (!isRtpParameters(rtpParameters)) throw new Error('rtpParameters are none');
  return rtpParameters;
}

function isRtpParameters(value: unknown): value is RtpParameters {
  return isJsonObject(value) && Array.isArray(value.codecs) && Array.isArray(value.encodings);
}

await run(Number(process.argv[2]));
