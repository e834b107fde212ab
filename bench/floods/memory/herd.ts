/** Many connections from many addresses: each that is closed is opened again. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { loopbackAddress } from '../../raw-connection.js';

/** ms */
const TURN = 10;
/** Connections that are opened in one turn: the engine's queue of those that it has not accepted is no longer. */
const OPENED_PER_TURN = 100;

export interface HerdOptions {
  /** Connections at a time. */
  readonly size: number;
  readonly perAddress: number;
  /** @param from the address that it is to come from */
  readonly open: (from: string) => Socket;
  /** To be done on a connection when it is there. */
  readonly act?: (socket: Socket) => void;
}

/** @returns how many connections were made until the signal came; they are closed then */
export async function runHerd(options: HerdOptions, signal: AbortSignal): Promise<number> {
  const { size, perAddress, open, act } = options;
  const free = Array.from({ length: size }, (_, place) => size - 1 - place);
  const sockets = new Set<Socket>();
  let made = 0;
  while (!signal.aborted) {
    for (let i = 0; i < OPENED_PER_TURN; i++) {
      const place = free.pop();
      if (place === undefined) break;
      const socket = open(loopbackAddress(Math.floor(place / perAddress)));
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('connect', () => {
        made++;
        act?.(socket);
      });
      socket.once('close', () => {
        sockets.delete(socket);
        free.unshift(place);
      });
      socket.resume();
    }
    await sleep(TURN);
  }
  for (const socket of sockets) socket.destroy();
  return made;
}

/** @returns what to do on a connection to make one call after the other on it, some of them at a time */
export function callingEndlessly(next: () => string, atATime: number, onAnswer: () => void) {
  return (socket: Socket): void => {
    let end = '';
    socket.on('data', (piece) => {
      // No answer's body has an empty line.
      const text = end + piece.toString('latin1');
      const parts = text.split('\r\n\r\n');
      end = parts.length > 1 ? (parts.at(-1) ?? '').slice(-3) : text.slice(-3);
      for (let answers = parts.length - 1; answers > 0; answers--) {
        onAnswer();
        socket.write(next());
      }
    });
    for (let i = 0; i < atATime; i++) socket.write(next());
  };
}
