/** Root mean square of room noise and of a raised voice near the microphone, of full scale. */
const QUIET = 0.012;
const LOUD = 0.16;

/** @param amplitude root mean square, 0 to 1 @returns how loud that is to the ear, 0 to 1 */
export function loudness(amplitude: number): number {
  return amplitude <= QUIET ? 0 : Math.min(1, Math.log(amplitude / QUIET) / Math.log(LOUD / QUIET));
}
