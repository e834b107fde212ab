/** The kernel's exports: functions, and the layout as constants so that a test can hold it against TypeScript's. */
export * from './layout';
export { fanOut } from './fan-out';
export { hmacSha1 } from './hmac';
export { clearKeyGroupLane, writeKeyGroupLane } from './key-group';
export { mergeMessages } from './merge';
export { protectRtcp, unprotectRtcp, unprotectRtp, writeStreamCipher } from './stream-cipher';
export { setMemoryBase } from './transmit';
