import { pino } from 'pino';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { WorkerStatistics } from '../contract/statistics.js';
import { Metrics } from './metrics.js';
import { RecordingSignalling } from './signalling.fixture.js';
import type { MeteredWorker } from './worker-metrics.js';

const STATISTICS: WorkerStatistics = {
  type: 'statistics',
  requestId: 1,
  transports: 2,
  packetsIn: 30,
  octetsIn: 400,
  packetsOut: 50,
  octetsOut: 6000,
  drops: { 'send-refused': 0, 'srtp-replayed': 7 },
  rtcp: {},
  retransmission: { requested: 0, 'refused:unknown': 5 },
  redundancy: { recovered: 4, sent: 5, subscribers: 6 },
  holdings: {
    publications: 7,
    subscriptions: 8,
    relayed: 9,
    memoryUsed: 1_000,
    memorySize: 2_000,
    heapUsed: 3_000,
  },
};

const logged: string[] = [];
const logger = pino({ level: 'warn' }, { write: (line) => logged.push(line) });
beforeEach(() => {
  logged.length = 0;
});

function worker(index: number, statistics: () => Promise<WorkerStatistics | null>): MeteredWorker {
  return { index, busy: 0.25, packetsPerSecond: 900, statistics };
}

function metricsOf(...workers: readonly MeteredWorker[]): Metrics {
  const signalling = new RecordingSignalling();
  return new Metrics({
    version: '1.2.3',
    workers,
    info: () => signalling.info(),
    speakers: () => ({ limitedRooms: 5, speakers: 6, switches: 7 }),
    joins: () => ({ pending: 8, refused: { engine: 9, address: 10, subject: 11 } }),
    describeMore: () => {},
    logger,
  });
}

function samplesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the text', () => {
  test('has each figure of each worker, and of the rooms', async () => {
    const text = await metricsOf(
      worker(0, async () => STATISTICS),
      worker(1, async () => ({ ...STATISTICS, packetsIn: 31 })),
    ).text();
    expect(samplesOf(text)).toEqual(
      expect.arrayContaining([
        `kraken_build_info{version="1.2.3",node="${process.version}"} 1`,
        'kraken_rooms 3',
        'kraken_limited_rooms 5',
        'kraken_seated_participants 6',
        'kraken_pending_joins 8',
        'kraken_refused_joins_total{limit="engine"} 9',
        'kraken_refused_joins_total{limit="address"} 10',
        'kraken_refused_joins_total{limit="subject"} 11',
        'kraken_speaker_switches_total 7',
        'kraken_participants 1',
        'kraken_closed_rooms_total 4',
        'kraken_closed_participants_total 2',
        'kraken_worker_up{worker="0"} 1',
        'kraken_worker_busy_ratio{worker="0"} 0.25',
        'kraken_worker_sent_packets_per_second{worker="0"} 900',
        'kraken_worker_transports{worker="0"} 2',
        'kraken_worker_publications{worker="0"} 7',
        'kraken_worker_subscriptions{worker="0"} 8',
        'kraken_worker_relayed_publications{worker="0"} 9',
        'kraken_worker_memory_bytes{worker="0"} 1000',
        'kraken_worker_memory_limit_bytes{worker="0"} 2000',
        'kraken_worker_heap_bytes{worker="0"} 3000',
        'kraken_received_packets_total{worker="0"} 30',
        'kraken_received_packets_total{worker="1"} 31',
        'kraken_received_bytes_total{worker="0"} 400',
        'kraken_sent_packets_total{worker="0"} 50',
        'kraken_sent_bytes_total{worker="0"} 6000',
        'kraken_retransmissions_total{worker="0",event="requested"} 0',
        'kraken_retransmissions_total{worker="0",event="refused:unknown"} 5',
        'kraken_dropped_packets_total{worker="0",reason="send-refused"} 0',
        'kraken_dropped_packets_total{worker="0",reason="srtp-replayed"} 7',
      ]),
    );
    expect(logged).toEqual([]);
  });

  test('tells what the process itself takes', async () => {
    const text = await metricsOf().text();
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(value('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(value('process_start_time_seconds') * 1000).toBeCloseTo(performance.timeOrigin, -1);
  });

  test('keeps to the conventions: every name has a type and help, and a counter alone ends in _total', async () => {
    const text = await metricsOf(worker(0, async () => STATISTICS)).text();
    const names = new Set(samplesOf(text).map((sample) => sample.split(/[ {]/, 1)[0] ?? ''));
    expect(names.size).toBe(36);
    for (const name of names) {
      expect(name).toMatch(/^(kraken|nodejs|process)_[a-z_]+$/);
      expect(text).toContain(`# HELP ${name} `);
      expect(text).toContain(`# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}\n`);
    }
  });
});

describe('a worker that does not answer', () => {
  test('is left out and logged, and the others are there', async () => {
    const text = await metricsOf(
      worker(0, async () => null),
      worker(1, async () => STATISTICS),
    ).text();
    expect(samplesOf(text).filter((sample) => sample.includes('worker="0"'))).toEqual([
      'kraken_worker_up{worker="0"} 0',
    ]);
    expect(text).toContain('kraken_worker_up{worker="1"} 1\n');
    expect(text).toContain('kraken_received_packets_total{worker="1"} 30\n');
    expect(logged.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ worker: 0 })]);
  });
});

describe('scrapes', () => {
  test('at the same time get one answer, for which the workers are asked once', async () => {
    const statistics = vi.fn(async () => STATISTICS);
    const metrics = metricsOf(worker(0, statistics));
    const [first, ...others] = await Promise.all([metrics.text(), metrics.text(), metrics.text()]);
    expect(others).toEqual([first, first]);
    expect(statistics).toHaveBeenCalledOnce();
  });

  test('one after the other read anew and do not add up', async () => {
    let packetsIn = 5;
    const metrics = metricsOf(worker(0, async () => ({ ...STATISTICS, packetsIn })));
    expect(await metrics.text()).toContain('kraken_received_packets_total{worker="0"} 5\n');
    packetsIn = 8;
    expect(await metrics.text()).toContain('kraken_received_packets_total{worker="0"} 8\n');
  });

  test('go on after one that has failed', async () => {
    const statistics = vi.fn(async () => STATISTICS).mockRejectedValueOnce(new Error('bug'));
    const metrics = metricsOf(worker(0, statistics));
    await expect(metrics.text()).rejects.toThrow('bug');
    expect(await metrics.text()).toContain('kraken_worker_up{worker="0"} 1\n');
  });
});
