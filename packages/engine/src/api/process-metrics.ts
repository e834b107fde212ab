/** What operators are told of the engine's process: under the names that prom-client gives such metrics. */
import { readdirSync } from 'node:fs';
import { Counter, Gauge, type Registry } from 'prom-client';

const MICROSECONDS_PER_SECOND = 1e6;
const MILLISECONDS_PER_SECOND = 1e3;
/** One entry for each file that the process has open; on Linux only. */
const DESCRIPTORS = '/proc/self/fd';

/**
 * Adds to a scrape the process metrics that cost nothing between scrapes; prom-client's own set comes with a monitor of the
 * event loop, whose timer wakes an idle process 100 times a second.
 */
export function describeProcess(registry: Registry): void {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const registers = [registry];
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of all threads, user and system.',
    registers,
  }).inc((user + system) / MICROSECONDS_PER_SECOND);
  const gauge = (name: string, help: string, value: number) =>
    new Gauge({ name, help, registers }).set(value);
  gauge('process_resident_memory_bytes', 'Resident memory.', rss);
  const startedAt = performance.timeOrigin / MILLISECONDS_PER_SECOND;
  gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', startedAt);
  const descriptors = countDescriptors();
  if (descriptors !== null) gauge('process_open_fds', 'Files and sockets that are open.', descriptors);
  const heap = 'What JavaScript objects of the control plane take.';
  gauge('nodejs_heap_size_used_bytes', heap, heapUsed);
  gauge('nodejs_external_memory_bytes', 'What they hold outside of the heap, buffers included.', external);
  const resources = new Gauge({
    name: 'nodejs_active_resources',
    help: "What keeps the control plane's event loop going, by node's names.",
    labelNames: ['type'],
    registers,
  });
  for (const type of process.getActiveResourcesInfo()) resources.inc({ type });
}

/** @returns null where the system does not tell */
function countDescriptors(): number | null {
  try {
    // One of them is the one by which they are read.
    return readdirSync(DESCRIPTORS).length - 1;
  } catch {
    return null;
  }
}
