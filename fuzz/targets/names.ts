/** The targets that there are, in the order in which a session takes them. */
export const TARGET_NAMES = [
  'stun',
  'dtls-records',
  'rtp-header',
  'header-extensions',
  'rtcp-compound',
  'nack',
  'remb',
  'transport-feedback',
  'redundancy',
  'opus',
  'tcp-framing',
  'sdp',
  'candidate',
  'negotiation',
  'api-calls',
  'granted-calls',
  'live-request',
  'call-beginning',
  'frame-boundaries',
  'first-messages',
  'heartbeat',
  'engine-config',
  'tokens',
  'key-set',
  'client-address',
  'admin-access',
  'callbacks',
  'media-path',
  'lossy-path',
  'signalling',
  'live-rooms',
  'live-session',
] as const;

export type TargetName = (typeof TARGET_NAMES)[number];

export function isTargetName(name: string): name is TargetName {
  return TARGET_NAMES.some((known) => known === name);
}
