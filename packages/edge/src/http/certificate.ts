/** The certificate of a daemon's HTTPS server: read from its files, and anew when these change. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import type { SecureContextOptions, SecureVersion } from 'node:tls';
import type { Logger } from 'pino';
import { ConfigurationError, describeFault } from '../config/configuration-error.js';
import type { CertificateFiles } from '../config/rpc-config.js';

/** How often it is looked whether the files have changed, ms: whoever renews them need tell nobody. */
export const RELOAD_INTERVAL = 10_000;

/** RFC 9325 section 3.1.1: older ones are not to be offered. */
const MIN_TLS_VERSION: SecureVersion = 'TLSv1.2';

/** In PEM, as TLS takes it. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What is wrong with a file, without any of its content. */
class CertificateFault extends Error {
  constructor(
    readonly of: keyof CertificateFiles,
    problem: string,
  ) {
    super(problem);
  }
}

export class Certificate {
  readonly #files: CertificateFiles;
  readonly #logger: Logger;
  #pair: KeyPair;
  #expiresAt: number;
  /** Of those that were tried last, and what was wrong with them. */
  #tried: KeyPair;
  #problem = '';
  #watching: NodeJS.Timeout | null = null;

  /**
   * @param source names the configuration in messages
   * @throws ConfigurationError that names the file which cannot be used
   */
  constructor(files: CertificateFiles, source: string, logger: Logger) {
    this.#files = files;
    this.#logger = logger;
    try {
      this.#pair = {
        cert: readText('certificate', () => readFileSync(files.certificate, 'utf8')),
        key: readText('key', () => readFileSync(files.key, 'utf8')),
      };
      this.#expiresAt = check(this.#pair);
    } catch (error) {
      if (!(error instanceof CertificateFault)) throw error;
      throw new ConfigurationError(describeFault(source, 'rpc', error.of, files[error.of], error.message));
    }
    this.#tried = this.#pair;
    if (this.#expiresAt < Date.now()) logger.warn({ file: files.certificate }, 'the certificate has expired');
  }

  /** What a server is to be made with. */
  get context(): SecureContextOptions {
    return contextOf(this.#pair);
  }

  /** The certificate itself, in PEM. */
  get text(): string {
    return this.#pair.cert;
  }

  /** When it expires, ms since 1970. */
  get expiresAt(): number {
    return this.#expiresAt;
  }

  /** From here on the server shows what the files hold. Files that cannot be used leave it with what it has. */
  serve(server: Server): void {
    this.#watching = setInterval(() => void this.reload(server), RELOAD_INTERVAL);
    this.#watching.unref();
  }

  stop(): void {
    if (this.#watching !== null) clearInterval(this.#watching);
  }

  /** Looks at the files once. */
  async reload(server: Server): Promise<void> {
    try {
      const pair = await readPair(this.#files);
      if (pair.cert === this.#tried.cert && pair.key === this.#tried.key) return;
      this.#tried = pair;
      const expiresAt = check(pair);
      server.setSecureContext(contextOf(pair));
      this.#pair = pair;
      this.#expiresAt = expiresAt;
      this.#problem = '';
      this.#logger.info({ file: this.#files.certificate }, 'certificate read anew');
    } catch (error) {
      this.#report(error instanceof Error ? error.message : String(error));
    }
  }

  /** Once for each problem, however long it lasts. */
  #report(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#logger.error(
      { files: this.#files, problem },
      'the new certificate cannot be used: the old one stays',
    );
  }
}

/** A server forgets with each new pair what it was told with the one before. */
function contextOf(pair: KeyPair): SecureContextOptions {
  return { ...pair, minVersion: MIN_TLS_VERSION };
}

async function readPair(files: CertificateFiles): Promise<KeyPair> {
  try {
    const [cert, key] = await Promise.all([readFile(files.certificate, 'utf8'), readFile(files.key, 'utf8')]);
    return { cert, key };
  } catch (error) {
    throw new Error(`a file cannot be read (${codeOf(error)})`);
  }
}

function readText(of: keyof CertificateFiles, read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw new CertificateFault(of, `cannot be read (${codeOf(error)})`);
  }
}

/** @returns when it expires, ms since 1970 @throws CertificateFault */
function check({ cert, key }: KeyPair): number {
  const certificate = parse('certificate', 'holds no certificate in PEM', () => new X509Certificate(cert));
  const privateKey = parse('key', 'holds no private key in PEM that is without a passphrase', () =>
    createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateFault('key', 'is not the key of the certificate');
  }
  return Date.parse(certificate.validTo);
}

function parse<T>(of: keyof CertificateFiles, problem: string, read: () => T): T {
  try {
    return read();
  } catch {
    throw new CertificateFault(of, problem);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
