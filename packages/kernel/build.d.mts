/**
 * Builds dist/kernel.wasm, unless it is newer than all that it is made of. Several processes may do so at once.
 *
 * @throws Error with the compiler's messages when the sources do not compile
 */
export function buildKernel(): Promise<void>;
