import type { FuzzTarget } from '../target.js';
import type { TargetName } from './names.js';

/** Each target is loaded alone: coverage counts what belongs to it, and nothing else. */
export const TARGETS: Readonly<Record<TargetName, () => Promise<FuzzTarget>>> = {
  stun: async () => (await import('./stun.js')).stun,
  'dtls-records': async () => (await import('./dtls-records.js')).dtlsRecords,
  'rtp-header': async () => (await import('./rtp-header.js')).rtpHeader,
  'header-extensions': async () => (await import('./header-extensions.js')).headerExtensions,
  'rtcp-compound': async () => (await import('./rtcp-compound.js')).rtcpCompound,
  nack: async () => (await import('./nack.js')).nack,
  remb: async () => (await import('./remb.js')).remb,
  'transport-feedback': async () => (await import('./transport-feedback.js')).transportFeedback,
  redundancy: async () => (await import('./redundancy.js')).redundancy,
  opus: async () => (await import('./opus.js')).opus,
  'tcp-framing': async () => (await import('./tcp-framing.js')).tcpFraming,
  sdp: async () => (await import('./sdp.js')).sdp,
  candidate: async () => (await import('./candidate.js')).candidate,
  'api-calls': async () => (await import('./api-calls.js')).apiCalls,
  'granted-calls': async () => (await import('./granted-calls.js')).grantedCalls,
  'live-request': async () => (await import('./live-request.js')).liveRequest,
  'call-beginning': async () => (await import('./call-beginning.js')).callBeginning,
  'frame-boundaries': async () => (await import('./frame-boundaries.js')).frameBoundaries,
  heartbeat: async () => (await import('./heartbeat.js')).heartbeat,
  'engine-config': async () => (await import('./engine-config.js')).engineConfig,
  'media-path': async () => (await import('./media-path.js')).mediaPath,
  signalling: async () => (await import('./signalling.js')).signalling,
  'live-rooms': async () => (await import('./live-rooms.js')).liveRooms,
};
