/** The benchmark's side of the generator's process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  type CycleOrder,
  type CycleResult,
  type GeneratorCommand,
  type GeneratorOptions,
  type GeneratorReport,
  isGeneratorReport,
  type Measurement,
} from './generator/messages.js';

const PROGRAM = fileURLToPath(new URL('./generator/process.js', import.meta.url));

export class GeneratorProcess {
  readonly #process: ChildProcess;
  readonly #reports: GeneratorReport[] = [];
  #onReport: (() => void) | null = null;

  /**
   * Starts it; its participants join at once.
   * @param core to pin it to
   */
  constructor(options: GeneratorOptions, core: number) {
    const args = ['-c', String(core), process.execPath, PROGRAM, JSON.stringify(options)];
    this.#process = spawn('taskset', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', (message) => {
      if (isGeneratorReport(message)) this.#take(message);
    });
    this.#process.once('exit', (code, signal) => {
      this.#take({ type: 'failed', message: `the generator ended by itself: ${signal ?? code}` });
    });
  }

  /** @returns seconds that it took until everybody was offered all others */
  async joined(): Promise<number> {
    const report = await this.#next();
    if (report.type !== 'joined') throw new Error(`joined expected, not ${report.type}`);
    return report.seconds;
  }

  /** @param seconds at most: finishMeasuring() ends it earlier */
  async measure(seconds: number): Promise<Measurement> {
    this.#send({ type: 'measure', seconds });
    const report = await this.#next();
    if (report.type !== 'measured') throw new Error(`measured expected, not ${report.type}`);
    return report.measurement;
  }

  finishMeasuring(): void {
    this.#send({ type: 'finish-measuring' });
  }

  /** Lets more participants join and leave. */
  async cycle(order: CycleOrder): Promise<CycleResult> {
    this.#send({ type: 'cycle', order });
    const report = await this.#next();
    if (report.type !== 'cycled') throw new Error(`cycled expected, not ${report.type}`);
    return report.result;
  }

  async leave(): Promise<void> {
    this.#send({ type: 'leave' });
    await this.#next();
  }

  /** Ends it without ceremony; harmless when it has ended. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #send(command: GeneratorCommand): void {
    this.#process.send(command);
  }

  #take(report: GeneratorReport): void {
    this.#reports.push(report);
    this.#onReport?.();
  }

  /** @throws Error when the generator says that it failed */
  async #next(): Promise<GeneratorReport> {
    if (this.#reports.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onReport = resolve;
      });
    }
    const report = this.#reports.shift();
    if (report === undefined) throw new Error('woken without a report');
    if (report.type === 'failed') throw new Error(report.message);
    return report;
  }
}
