/** Reads responses of HTTP/1.1 that tell their Content-Length, as all answers to calls do: RFC 9112. */

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) /;
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)\r\n/i;
const NOTHING = Buffer.alloc(0);

/** Of one connection, on which a request is sent only when the one before has been answered. */
export class ResponseReader {
  #pending: Buffer = NOTHING;

  /**
   * @param chunk as it came from the socket; kept only while the response is not complete
   * @returns the response, or null when more of it is to come
   * @throws Error when it is no such response, or bytes follow that nobody has asked for
   */
  take(chunk: Buffer): HttpResponse | null {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = bytes;
    const headLength = bytes.indexOf(HEAD_END);
    if (headLength < 0) return null;
    const bodyStart = headLength + HEAD_END.length;
    const head = bytes.toString('latin1', 0, bodyStart);
    const status = STATUS_LINE.exec(head)?.[1];
    const length = CONTENT_LENGTH.exec(head)?.[1];
    if (status === undefined || length === undefined) throw new Error(`not a response to a call: ${head}`);
    const end = bodyStart + Number(length);
    if (bytes.length < end) return null;
    if (bytes.length > end) throw new Error('more than the response that was asked for');
    this.#pending = NOTHING;
    return { status: Number(status), body: bytes.toString('utf8', bodyStart, end) };
  }
}
