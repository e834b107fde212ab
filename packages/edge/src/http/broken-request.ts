/** Answers to what did not become a request. */
import type { Socket } from 'node:net';
import type { HttpFailure } from '@kraken/protocol';
import type { Gate } from '../gate/gate.js';
import type { HttpLimits } from '../gate/limits.js';
import type { RequestRefusal } from '../gate/refusal-counts.js';
import { TOO_MANY_FIELDS, TOO_MANY_FIELDS_CODE } from './header-fields.js';

/** Answers what is not even HTTP, or came too slowly; nothing but the bare socket is there to answer on. */
export function answerBrokenRequest(
  error: Error & { readonly code?: string },
  socket: Socket,
  limits: HttpLimits,
  gate: Gate | null,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, text, reason] = brokenRequestStatus(error.code, limits);
  gate?.refusals.countRequest(reason);
  const failure: HttpFailure = { error: text };
  const body = JSON.stringify(failure);
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function brokenRequestStatus(
  code: string | undefined,
  limits: HttpLimits,
): readonly [status: string, text: string, reason: RequestRefusal] {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'the request took too long', 'too-slow'];
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        `the header is longer than ${limits.headers} bytes`,
        'headers-too-long',
      ];
    case TOO_MANY_FIELDS_CODE:
      return ['431 Request Header Fields Too Large', TOO_MANY_FIELDS, 'headers-too-long'];
    default:
      return ['400 Bad Request', 'the request is not valid HTTP', 'not-http'];
  }
}
