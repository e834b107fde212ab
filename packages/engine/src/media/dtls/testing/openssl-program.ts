import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GeneratedCertificate } from '../certificate.js';
import { computeFingerprint } from '../fingerprint.js';

/** Throws, with what to do about it, when there is no `openssl` to test against. */
export function requireOpensslProgram(): void {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
  } catch (cause) {
    throw new Error('these tests need the program `openssl`: apt-get install openssl', { cause });
  }
}

/** A directory for PEM files, which is gone after `remove`. */
export class PemFiles {
  readonly #directory = mkdtempSync(join(tmpdir(), 'kraken-dtls-'));

  /** Writes certificate and key, and returns the program's arguments that name them. */
  write(name: string, { certificate, privateKey }: GeneratedCertificate): string[] {
    const certificateFile = join(this.#directory, `${name}.crt`);
    const keyFile = join(this.#directory, `${name}.key`);
    const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
    writeFileSync(certificateFile, new X509Certificate(certificate).toString());
    writeFileSync(keyFile, key.export({ format: 'pem', type: 'pkcs8' }));
    return ['-cert', certificateFile, '-key', keyFile];
  }

  /** Lets the program make an ECDSA P-256 certificate with a comment of so many octets in it. */
  generate(name: string, commentLength: number): GeneratedCertificate {
    const [certificateFile, keyFile] = [
      join(this.#directory, `${name}.der`),
      join(this.#directory, `${name}.pem`),
    ];
    const comment = `nsComment=${'x'.repeat(commentLength)}`;
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', keyFile];
    const subject = ['-subj', '/CN=WebRTC', '-addext', comment, '-outform', 'DER', '-out', certificateFile];
    execFileSync('openssl', ['req', '-x509', ...key, ...subject], { stdio: 'ignore' });
    const certificate = new Uint8Array(readFileSync(certificateFile));
    const privateKey = createPrivateKey(readFileSync(keyFile)).export({ format: 'der', type: 'pkcs8' });
    return {
      certificate,
      privateKey: new Uint8Array(privateKey),
      fingerprint: computeFingerprint(certificate),
    };
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}

/** The program at work; it is ended by `end`. */
export class OpensslProgram {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #output = '';
  #onOutput = () => {};

  constructor(parameters: readonly string[]) {
    this.#process = spawn('openssl', parameters, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#exited = new Promise((resolve) => this.#process.once('exit', () => resolve()));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString('latin1');
        this.#onOutput();
      });
    }
  }

  /** Waits until the program prints something, and returns the part in parentheses. */
  async printed(pattern: RegExp): Promise<string> {
    const deadline = AbortSignal.timeout(10_000);
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match[1] ?? '';
      await new Promise<void>((resolve, reject) => {
        this.#onOutput = resolve;
        deadline.onabort = () => reject(new Error(`openssl printed no ${pattern}, but:\n${this.#output}`));
      });
    }
  }

  /** Types a line; a lone `Q` ends the association. */
  type(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  async end(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }
}
