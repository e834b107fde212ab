export {
  SRTP_AUTHENTICATION_FAILED,
  SRTP_DROP_NAMES,
  SRTP_REPLAYED,
  SRTP_TOO_LONG,
  SRTP_TOO_MANY_SSRCS,
  SRTP_TOO_OLD,
  SRTP_TOO_SHORT,
  type SrtpDropReason,
} from './drop-reasons.js';
export { compileKernel, instantiateKernel, type Kernel } from './kernel.js';
export { clearLane, setLaneDestination, setLaneKeys } from './key-lane.js';
export * from './layout.js';
export type { MasterKey } from './master-key.js';
export { SrtcpReceiver } from './srtcp-receiver.js';
export { SrtcpSender } from './srtcp-sender.js';
export { type ProtectedHeader, SrtpReceiver } from './srtp-receiver.js';
export { createSrtpState, freeSrtpState, type MasterKeys, type SrtpState } from './srtp-state.js';
export { warmUp } from './warm-up.js';
