/**
 * Shortens an input for as long as it does the same: parts go, halves first and single octets last, then octets turn into
 * zeros.
 *
 * @param stays whether an input still does it
 * @param isOver asked before each trial: what has been reached by then is returned
 */
export async function shorten(
  input: Uint8Array,
  stays: (input: Uint8Array) => Promise<boolean>,
  isOver: () => boolean,
): Promise<Uint8Array> {
  let kept = Uint8Array.from(input);
  for (let size = Math.max(1, kept.length >> 1); ; size >>= 1) {
    for (let start = 0; start < kept.length && !isOver(); ) {
      const without = Uint8Array.from([...kept.subarray(0, start), ...kept.subarray(start + size)]);
      if (await stays(without)) kept = without;
      else start += size;
    }
    if (size <= 1) break;
  }
  for (let i = 0; i < kept.length && !isOver(); i++) {
    if (kept[i] === 0) continue;
    const plainer = Uint8Array.from(kept);
    plainer[i] = 0;
    if (await stays(plainer)) kept = plainer;
  }
  return kept;
}
