/** An engine has announced a URL at which another one lives. */
export class UrlTakenError extends Error {
  override readonly name = 'UrlTakenError';

  constructor(url: string) {
    super(`another engine that is alive has registered ${url}`);
  }
}
