/** What is compared with each other over each network. */
export interface Variant {
  readonly name: string;
  /** Whether the engine makes up for what gets lost. */
  readonly recovery: boolean;
  /** By what participants call: the SDK, or Kraken's procedure over the browser's WebRTC with nothing added. */
  readonly client: 'sdk' | 'plain';
}

/** An engine that does nothing but forward. The client makes no difference to it. */
export const FORWARDING: Variant = { name: 'forwarding alone', recovery: false, client: 'sdk' };
export const RECOVERY: Variant = { name: 'with recovery', recovery: true, client: 'sdk' };
export const RECOVERY_PLAIN: Variant = {
  name: 'plain client with recovery',
  recovery: true,
  client: 'plain',
};

export const VARIANTS: readonly Variant[] = [FORWARDING, RECOVERY, RECOVERY_PLAIN];
