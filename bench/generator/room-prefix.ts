/** Several generators may use one SFU, at the same time or one after the other: their rooms are not the same. */
export function roomPrefix(kind: string): string {
  return `bench-${process.pid}-${kind}`;
}
