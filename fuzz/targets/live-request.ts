import { faultText, parseRequest, resultText } from '../../packages/engine/src/live/json-rpc-2.js';
import { type FuzzTarget, promise } from '../target.js';

/** Requests over live sockets: whatever comes, the answer is JSON with the id of the request. */
export const liveRequest: FuzzTarget = {
  name: 'live-request',
  maxLength: 600,
  seeds: () =>
    [
      '{"jsonrpc":"2.0","id":1,"method":"publish","params":["room","alice","{}"]}',
      '{"jsonrpc":"2.0","id":"a","method":"ping"}',
      '{"jsonrpc":"2.0","method":"ping","params":[]}',
      '[{"jsonrpc":"2.0","id":null,"method":"ping"}]',
    ].map((text) => Buffer.from(text)),
  prepare: () => (input) => {
    const request = parseRequest(Buffer.from(input).toString());
    if ('code' in request) {
      const answer: unknown = JSON.parse(faultText(request));
      promise(typeof answer === 'object' && answer !== null && 'error' in answer, 'a fault is answered');
      return;
    }
    promise(Array.isArray(request.params) && typeof request.method === 'string', 'a request has its parts');
    if (request.id !== undefined) JSON.parse(resultText(request.id, {}));
  },
};
