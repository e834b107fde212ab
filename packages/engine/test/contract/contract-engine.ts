/** An engine as a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KrakenProcess, type Outcome } from '../kraken-process.js';
import { EngineClient } from './engine-client.js';

export class ContractEngine extends EngineClient {
  private constructor(
    url: string,
    readonly process: KrakenProcess,
    readonly directory: string,
  ) {
    super(url);
  }

  /**
   * @param sections further sections of the configuration, as TOML
   * @returns an engine on the loopback that answers
   */
  static async start(sections = ''): Promise<ContractEngine> {
    const directory = mkdtempSync(join(tmpdir(), 'kraken-contract-'));
    const path = join(directory, 'engine.toml');
    writeFileSync(
      path,
      `[engine]\ninterface = "lo"\nworkers = 1\n[rpc]\nhost = "127.0.0.1"\nport = 0\n${sections}`,
    );
    const process = new KrakenProcess('-c', path, '-s', 'engine');
    return new ContractEngine(await process.url(), process, directory);
  }

  /** Ends it in order. */
  async stop(): Promise<Outcome> {
    const outcome = await this.process.stop();
    rmSync(this.directory, { recursive: true });
    return outcome;
  }
}
