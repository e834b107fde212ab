/** How messages get to a TURN server and back: as datagrams, or one after another over TCP or TLS. */
import { createSocket } from 'node:dgram';
import { connect as connectTcp, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { STUN_HEADER_LENGTH } from '@kraken/engine/internal/media/ice/stun-constants';

export type TurnTransport = 'udp' | 'tcp' | 'tls';

export interface TurnEndpoint {
  /** As configured, which a TLS certificate has to be for. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

export interface TurnConnection {
  send(message: Buffer): void;
  close(): void;
}

export interface TurnListener {
  /** Messages may be sent from here on. */
  onOpen(): void;
  onMessage(message: Buffer): void;
  onError(error: Error): void;
}

export function openTurnConnection(
  transport: TurnTransport,
  endpoint: TurnEndpoint,
  listener: TurnListener,
): TurnConnection {
  return transport === 'udp' ? openDatagrams(endpoint, listener) : openStream(transport, endpoint, listener);
}

function openDatagrams({ address, port }: TurnEndpoint, listener: TurnListener): TurnConnection {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  let isOpen = true;
  socket.on('message', (message) => listener.onMessage(message));
  socket.on('error', (error) => listener.onError(error));
  socket.connect(port, address, () => listener.onOpen());
  return {
    send: (message) => {
      if (isOpen) socket.send(message);
    },
    close: () => {
      if (isOpen) socket.close();
      isOpen = false;
    },
  };
}

/** RFC 8656 section 3.1, RFC 8489 section 6.2.2: messages follow each other, each tells its own length. */
function openStream(
  transport: 'tcp' | 'tls',
  { host, address, port }: TurnEndpoint,
  listener: TurnListener,
): TurnConnection {
  const onOpen = () => listener.onOpen();
  const socket: Socket =
    transport === 'tcp'
      ? connectTcp({ host: address, port }, onOpen)
      : connectTls({ host: address, port, servername: isIPv6(host) ? '' : host }, onOpen);
  let buffered = Buffer.alloc(0);
  socket.on('data', (piece: Buffer) => {
    buffered = Buffer.concat([buffered, piece]);
    while (buffered.length >= STUN_HEADER_LENGTH) {
      const length = STUN_HEADER_LENGTH + buffered.readUInt16BE(2);
      if (buffered.length < length) return;
      listener.onMessage(Buffer.from(buffered.subarray(0, length)));
      buffered = buffered.subarray(length);
    }
  });
  socket.on('error', (error) => listener.onError(error));
  socket.on('close', () => listener.onError(new Error('the server ended the connection')));
  return { send: (message) => socket.write(message), close: () => socket.destroy() };
}
