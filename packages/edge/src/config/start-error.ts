/** The configuration is sound, but this machine refuses it now, such as a port that is taken. One line. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
