/** Stands in for the browser's WebSocket: tests play the server. */
export class FakeWebSocket {
  static readonly made: FakeWebSocket[] = [];
  readonly OPEN = 1;
  readonly url: string;
  readyState = 0;
  readonly sent: { readonly id: number; readonly method: string; readonly params: unknown }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(url: string) {
    this.url = url;
    FakeWebSocket.made.push(this);
  }

  /** @returns the one that was made last */
  static get latest(): FakeWebSocket {
    const latest = FakeWebSocket.made.at(-1);
    if (latest === undefined) throw new Error('no WebSocket was made');
    return latest;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = 3;
  }

  /** The server accepts. */
  open(): void {
    this.readyState = this.OPEN;
    this.onopen?.();
  }

  /** The server says something. */
  say(message: object | string): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  /** The server answers the last call. */
  answer(result: unknown): void {
    this.say({ jsonrpc: '2.0', id: this.sent.at(-1)?.id, result });
  }

  /** The connection is gone. */
  break(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  get methods(): readonly string[] {
    return this.sent.map(({ method }) => method);
  }
}
