/**
 * The shared registry does not answer. 'refused': nobody listens at its address, for this monitor and, as far as one can
 * tell, for all. 'silent': it may be that only this monitor is cut off, while others go on placing rooms.
 */
export type Unreachable = 'refused' | 'silent';

export class RegistryUnreachableError extends Error {
  override readonly name = 'RegistryUnreachableError';
  readonly reason: Unreachable;

  constructor(reason: Unreachable) {
    super(
      reason === 'refused' ? 'nobody listens where the registry should be' : 'the registry does not answer',
    );
    this.reason = reason;
  }
}
