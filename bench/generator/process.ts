/** The generator's process: it is given its options as JSON, joins at once, and then does what it is told. */
import { Load } from './load.js';
import {
  type GeneratorCommand,
  type GeneratorOptions,
  type GeneratorReport,
  isGeneratorCommand,
} from './messages.js';

function report(message: GeneratorReport): void {
  process.send?.(message);
}

function fail(error: unknown): void {
  report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}

async function obey(load: Load, command: GeneratorCommand): Promise<void> {
  switch (command.type) {
    case 'measure':
      report({ type: 'measured', measurement: await load.measure(command.seconds) });
      break;
    case 'finish-measuring':
      load.finishMeasuring();
      break;
    case 'cycle':
      report({ type: 'cycled', result: await load.cycle(command.order) });
      break;
    case 'leave':
      await load.leave();
      report({ type: 'left' });
      process.disconnect();
      break;
  }
}

async function run(): Promise<void> {
  const options: GeneratorOptions = JSON.parse(process.argv[2] ?? 'null');
  const startedAt = performance.now();
  const load = await Load.create(options);
  process.on('message', (message) => {
    if (isGeneratorCommand(message)) obey(load, message).catch(fail);
  });
  // The benchmark is gone, so nobody reads what would be measured.
  process.on('disconnect', () => process.exit());
  await load.join();
  report({ type: 'joined', seconds: (performance.now() - startedAt) / 1000 });
}

run().catch(fail);
