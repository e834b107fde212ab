/**
 * Loaded into a service by --import: does on SIGUSR2 what no client can, as the file that
 * KRAKEN_MISCHIEF names says: deed, parameter, thread.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { BroadcastChannel, isMainThread, Worker, workerData } from 'node:worker_threads';

const opened = [];
let clockOffset = 0;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + clockOffset] : args));
  }

  static now() {
    return RealDate.now() + clockOffset;
  }
};

function useUpDescriptors() {
  try {
    for (;;) opened.push(openSync('/dev/zero'));
  } catch {
    // None is left, as is wanted.
  }
}

/** Takes each descriptor that is free for a moment, such as that by which libuv refuses connections when there is no other. */
const FIGHTER = `
  const { closeSync, openSync } = require('node:fs');
  const { parentPort, workerData } = require('node:worker_threads');
  const opened = [];
  parentPort.postMessage('ready');
  const until = performance.now() + workerData.milliseconds;
  while (performance.now() < until) {
    try {
      opened.push(openSync('/dev/zero'));
    } catch {}
  }
  for (const descriptor of opened) closeSync(descriptor);
`;

const DEEDS = {
  rejection: () => void Promise.reject(new Error('marked rejection')),
  exception: () => {
    throw new Error('marked exception');
  },
  block: (milliseconds) => {
    const until = performance.now() + Number(milliseconds);
    while (performance.now() < until);
  },
  'step-clock': (milliseconds) => {
    clockOffset += Number(milliseconds);
  },
  'fight-for-descriptors': (milliseconds) => {
    new Worker(FIGHTER, { eval: true, execArgv: [], workerData: { milliseconds } }).once(
      'message',
      useUpDescriptors,
    );
  },
  'free-descriptors': () => {
    for (const descriptor of opened.splice(0)) closeSync(descriptor);
  },
};
/** What orders may call this thread: media workers are told their index, others nothing of the kind. */
const names = ['all'];
if (!isMainThread && workerData?.index !== undefined) names.push('media', `media-${workerData.index}`);

const channel = new BroadcastChannel('mischief');
channel.unref();
channel.onmessage = ({ data: [deed, parameter, thread] }) => {
  if (names.includes(thread)) DEEDS[deed](parameter);
};

if (isMainThread) {
  // Open from the start, for there may be no descriptor left.
  const orders = openSync(process.env.KRAKEN_MISCHIEF);
  const order = Buffer.alloc(100);
  process.on('SIGUSR2', () => {
    const [deed, parameter, thread] = order
      .toString('utf8', 0, readSync(orders, order, 0, order.length, 0))
      .trim()
      .split(' ');
    if (thread !== 'main') channel.postMessage([deed, parameter, thread]);
    // Behind the message, which a thread that stands still could not send.
    if (thread === 'main' || thread === 'all') setImmediate(() => DEEDS[deed](parameter));
  });
}
