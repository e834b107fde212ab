/**
 * Scratch areas in the kernel's page, below the constants that the compiler places (see MEMORY_BASE in build.mjs).
 * Nothing in them outlives a call of an exported function; those that handle keys wipe all of it.
 */

/** Where the areas begin. */
export const SCRATCH: usize = 256;
/** Counter blocks (IVs) of four lanes, 16 bytes each. */
export const COUNTER_BLOCKS: usize = 256;
/** Rollover counters of four lanes in network byte order, as they are authenticated. */
export const ROLLOVER_COUNTERS: usize = 320;
/** Eight bit planes of 16 bytes: input of the cipher's first round, and input and output of substituteBytes. */
export const PLANES: usize = 384;
/** Eight bit planes: the state after the first round without the part that the table adds. */
export const FIRST_ROUND_STATE: usize = 512;
/** Eight blocks of key stream. */
export const KEYSTREAM: usize = 640;
/** Four-lane hash state: five words of four lanes. */
export const LANES_STATE: usize = 768;
/** Hash state of one stream: five words. */
export const STREAM_STATE: usize = 864;
/** The last, padded blocks of one message: at most 63 + 4 + 9 bytes, and room for whole vectors behind. */
export const HASH_TAIL: usize = 896;

/** Eleven round keys of 16 bytes in the order of FIPS 197. */
export const EXPANDED_KEY: usize = 1152;
/** Session keys as derived: cipher key, authentication key, salt; each in room for whole blocks. */
export const SESSION_CIPHER_KEY: usize = 1344;
export const SESSION_AUTHENTICATION_KEY: usize = 1376;
export const SESSION_SALT: usize = 1408;
/** The authentication key, padded to a block and combined with ipad or opad. */
export const HMAC_KEY_BLOCK: usize = 1472;
/** A StreamCipher record, used with the master key. */
export const MASTER_CIPHER: usize = 2048;
export const SCRATCH_END: usize = 4608;
