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
  'api-calls',
  'granted-calls',
  'live-request',
  'call-beginning',
  'frame-boundaries',
  'heartbeat',
  'engine-config',
  'media-path',
  'signalling',
  'live-rooms',
] as const;

export type TargetName = (typeof TARGET_NAMES)[number];

export function isTargetName(name: string): name is TargetName {
  return TARGET_NAMES.some((known) => known === name);
}
