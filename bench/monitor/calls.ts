/** The calls that are measured: where they go, as which bytes, and how a right answer to them looks. */

/** Where a call is sent: to the monitor, or past it to the engine. */
export type Way = 'monitor' | 'engine';

export type CallName = 'list' | 'turn' | 'locate';

export interface Calls {
  readonly name: CallName;
  readonly way: Way;
  /** @returns a whole HTTP request */
  next(): Buffer;
  /** @param body of a response with status 200 */
  isRight(body: string): boolean;
}

/** Who is in a room that an engine has: the monitor looks the room up and asks the engine. */
export function listCalls(way: Way, rids: readonly string[]): Calls {
  const requests = rids.map((rid) => requestOf('list', rid));
  let place = 0;
  return {
    name: 'list',
    way,
    next: () => {
      place = (place + 1) % requests.length;
      return requests[place] ?? Buffer.alloc(0);
    },
    isRight: (body) => body.includes('"peers":[{'),
  };
}

/** TURN credentials, which the monitor makes itself. */
export function turnCalls(): Calls {
  const request = requestOf('turn', 'user');
  return { name: 'turn', way: 'monitor', next: () => request, isRight: (body) => body.includes('"urls":') };
}

/** Each asks where to join a room that nobody has yet: the registry has to place it. */
export function locateCalls(prefix: string): Calls {
  let rooms = 0;
  return {
    name: 'locate',
    way: 'monitor',
    next: () => requestOf('locate', `${prefix}-${rooms++}`),
    isRight: (body) => body.includes('"url":'),
  };
}

function requestOf(method: string, param: string): Buffer {
  const body = JSON.stringify({ id: 'bench', method, params: [param] });
  const head = [
    'POST / HTTP/1.1',
    'Host: 127.0.0.1',
    'User-Agent: kraken-bench',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
