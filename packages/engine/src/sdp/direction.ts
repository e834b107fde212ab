/** Direction of an m-line from the view of whoever writes it, RFC 8866 section 6.7. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** @returns whether the writer of `direction` sends media on the m-line */
export function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly';
}

/** @returns whether the writer of `direction` is ready to receive media on the m-line */
export function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly';
}

/** @returns the direction attribute of a writer that sends and receives as told */
export function directionOf(send: boolean, receive: boolean): Direction {
  if (send) {
    return receive ? 'sendrecv' : 'sendonly';
  }
  return receive ? 'recvonly' : 'inactive';
}
