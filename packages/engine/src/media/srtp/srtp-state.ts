import type { WorkerMemory } from '../memory.js';
import type { Kernel } from './kernel.js';
import { RTCP_LABELS, RTP_LABELS, STREAM_CIPHER_SIZE } from './layout.js';
import { lendMasterKey, type MasterKey } from './master-key.js';
import { SrtcpReceiver } from './srtcp-receiver.js';
import { SrtcpSender } from './srtcp-sender.js';
import { SrtpReceiver } from './srtp-receiver.js';

/** SRTP of one transport but for the RTP that goes to it, whose keys are a lane of a key group. */
export interface SrtpState {
  readonly rtpReceiver: SrtpReceiver;
  readonly rtcpReceiver: SrtcpReceiver;
  readonly rtcpSender: SrtcpSender;
}

/** Master keys of both directions, RFC 5764 section 4.2. */
export interface MasterKeys {
  /** Protects what we send. */
  readonly local: MasterKey;
  /** Unprotects what the peer sends. */
  readonly remote: MasterKey;
}

/**
 * @returns the state, or null when the memory is full
 * @throws Error when a key or a salt has a wrong length
 */
export function createSrtpState(kernel: Kernel, memory: WorkerMemory, keys: MasterKeys): SrtpState | null {
  const rtpIn = memory.allocate(STREAM_CIPHER_SIZE);
  const rtcpIn = memory.allocate(STREAM_CIPHER_SIZE);
  const rtcpOut = memory.allocate(STREAM_CIPHER_SIZE);
  if (rtpIn === 0 || rtcpIn === 0 || rtcpOut === 0) {
    freeCiphers(memory, rtpIn, rtcpIn, rtcpOut);
    return null;
  }
  lendMasterKey(memory, keys.remote, (masterKey, masterSalt) => {
    kernel.writeStreamCipher(rtpIn, masterKey, masterSalt, RTP_LABELS);
    kernel.writeStreamCipher(rtcpIn, masterKey, masterSalt, RTCP_LABELS);
  });
  lendMasterKey(memory, keys.local, (masterKey, masterSalt) => {
    kernel.writeStreamCipher(rtcpOut, masterKey, masterSalt, RTCP_LABELS);
  });
  return {
    rtpReceiver: new SrtpReceiver(kernel, rtpIn),
    rtcpReceiver: new SrtcpReceiver(kernel, memory.view, rtcpIn),
    rtcpSender: new SrtcpSender(kernel, rtcpOut),
  };
}

/** Wipes the keys and gives their memory back; the state must not be used again. */
export function freeSrtpState(memory: WorkerMemory, state: SrtpState): void {
  freeCiphers(memory, state.rtpReceiver.cipher, state.rtcpReceiver.cipher, state.rtcpSender.cipher);
}

function freeCiphers(memory: WorkerMemory, ...ciphers: readonly number[]): void {
  for (const cipher of ciphers) {
    if (cipher !== 0) memory.free(cipher, STREAM_CIPHER_SIZE);
  }
}
