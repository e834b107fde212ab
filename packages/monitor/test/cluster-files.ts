/** The configuration of a cluster's processes under test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SECRET = 'cluster-secret';

export class ClusterFiles {
  readonly #directory = mkdtempSync(join(tmpdir(), 'kraken-cluster-'));

  /**
   * @param link by what way it announces itself: the line of [monitor]
   * @param sections more of the file, beginning in [monitor]
   * @returns the path
   */
  engine(port: number, link: string, sections: string): string {
    return this.#write(
      `engine-${port}.toml`,
      `[engine]\ninterface = "lo"\nworkers = 1\n[rpc]\nhost = "127.0.0.1"\nport = ${port}\n` +
        `[monitor]\n${link}\nsecret = "${SECRET}"\n` +
        `public-url = "http://127.0.0.1:${port}/"\n${sections}`,
    );
  }

  /** @param sections more of the file @returns the path */
  monitor(port: number, sections: string): string {
    return this.#write(
      `monitor-${port}.toml`,
      // Whatever else the machine does fills no engine.
      `[monitor]\nsecret = "${SECRET}"\nmax-load = 1\n[rpc]\nhost = "127.0.0.1"\nport = ${port}\n` +
        `[turn]\nhost = "turn:turn.example.org:3478"\nsecret = "turn-secret"\n${sections}`,
    );
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }

  #write(name: string, toml: string): string {
    const path = join(this.#directory, name);
    writeFileSync(path, toml);
    return path;
  }
}
