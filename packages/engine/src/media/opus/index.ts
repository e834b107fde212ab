export { CeltFrame } from './celt-frame.js';
export { OpusMode, OpusPacket } from './packet.js';
export { RangeDecoder } from './range-decoder.js';
export { SilkFrame } from './silk-frame.js';
