/** What breaks and heals. */
import type { Defence } from '../defence.js';

const HANDLE_TEST = 'packages/engine/src/worker-handle.test.ts';
const HANDLE = 'packages/engine/src/worker-handle.ts';
const LOG_TEST = 'packages/kraken/test/failures/log.test.ts';
const LOG = 'packages/edge/src/log/log-output.ts';
const BUGS_TEST = 'packages/kraken/test/failures/bugs.test.ts';
const MAIN = 'packages/kraken/src/main.ts';
const WATCHDOG_TEST = 'packages/kraken/test/failures/watchdog.test.ts';
const SOCKETS = 'packages/engine/src/media/udp/batched-sockets.ts';
const SOCKETS_TEST = 'packages/engine/src/media/udp/batched-sockets.test.ts';

export const FAILURES: readonly Defence[] = [
  {
    document: 'reliability',
    promise: 'A media worker that dies is started again at once',
    test: HANDLE_TEST,
    name: 'long after its start is started again, and its transports are reported closed',
    removal: {
      file: HANDLE,
      find: 'if (!this.#stopping) this.#replaced = this.#replace(reason);',
      replace: '',
    },
  },
  {
    document: 'reliability',
    promise: 'Participants of a media worker that dies are told, and can rejoin; others play on',
    test: 'packages/engine/test/workers.test.ts',
    name: 'a worker that dies takes its own participants with it, who can rejoin, and the others play on',
    removal: {
      file: HANDLE,
      find: "this.#options.onEvent({ type: 'transport-closed', transportId, reason: 'no-resources', detail });",
      replace: '',
    },
  },
  {
    document: 'reliability',
    promise: 'A media worker that dies again and again is started less and less often',
    test: HANDLE_TEST,
    name: 'again and again rests for twice as long each time',
    removal: { file: HANDLE, find: 'Math.min(2 * this.#rest, LONGEST_REST)', replace: 'RESTART_INTERVAL' },
  },
  {
    document: 'reliability',
    promise: 'A media worker for which the system has no thread is started later',
    test: HANDLE_TEST,
    name: 'for which the system has no new thread rests, and is started again later',
    removal: {
      file: HANDLE,
      find: 'this.#giveUp(error instanceof Error ? error.message : String(error));',
      replace: 'throw error;',
    },
  },
  {
    document: 'reliability',
    promise: 'A media worker that does not listen in time gets one successor, and no second',
    test: HANDLE_TEST,
    name: 'and whose successor does not listen in time rests as well, and has no two successors',
    removal: { file: HANDLE, find: 'if (!this.#isAvailable) return;', replace: '' },
  },
  {
    document: 'reliability',
    promise: 'A media worker that stands still for ten seconds is ended and started again',
    test: HANDLE_TEST,
    name: 'a worker that stands still for long is ended and started again',
    removal: { file: HANDLE, find: 'if (blockedFor < STUCK_AFTER) return;', replace: 'return;' },
  },
  {
    document: 'reliability',
    promise: 'A media socket that is closed behind its worker costs a restart on the same port, and no core',
    test: 'packages/engine/test/workers.test.ts',
    name: 'a worker whose media socket somebody has closed is replaced, on the same port, and its participants rejoin',
    removal: {
      file: SOCKETS,
      find: `        throw new Error(\`descriptor \${i} of those that are polled is closed\`);
      }
    }
  }

  /** The number may have become something else's meanwhile. @throws Error when it is no socket any more */
  #expectOpen(): void {
    const error = this.#calls.errno();
`,
      replace: `        continue;
      }
    }
  }

  #expectOpen(): void {
    const error = Number.NaN;
`,
    },
  },
  {
    document: 'reliability',
    promise: 'A media worker sees that something was closed on which it waits: it ends, and does not spin',
    test: SOCKETS_TEST,
    name: 'of its event loop or of who wakes it, too',
    removal: { file: SOCKETS, find: 'if (ready > 0) this.#expectValid();', replace: '' },
  },
  {
    document: 'reliability',
    promise: 'A media worker sees that the number of its socket has become that of something else',
    test: SOCKETS_TEST,
    name: 'and that has become something else, as well',
    removal: { file: SOCKETS, find: 'if (count < 0) this.#expectOpen();', replace: '' },
  },
  {
    document: 'reliability',
    promise: 'What a dead worker has left open is closed, so that the one in its place takes its port',
    test: 'packages/engine/src/media/listen.test.ts',
    name: 'what a dead worker left open is closed, and how it was woken goes on',
    removal: {
      file: 'packages/engine/src/media/listen.ts',
      find: 'for (const descriptor of inherited?.sockets ?? []) closeLeftSocket(calls, descriptor, portMin);',
      replace: '',
    },
  },
  {
    document: 'reliability',
    promise: 'A descriptor of a dead worker that has become something else is left alone',
    test: 'packages/engine/src/media/listen.test.ts',
    name: 'a descriptor of a dead worker that is something else by now stays open',
    removal: {
      file: 'packages/engine/src/media/udp/media-socket.ts',
      find: 'if (found === 0 && address.read(name, 0) && address.port === port) calls.close(descriptor);',
      replace: 'calls.close(descriptor);',
    },
  },
  {
    document: 'reliability',
    promise: 'An engine goes on with a full disk under its log',
    test: LOG_TEST,
    name: 'with a full disk under its log an engine starts, answers, and ends in order',
    removal: { file: LOG, find: 'else this.#giveUp(line, code);', replace: 'else throw error;' },
  },
  {
    document: 'reliability',
    promise: 'An engine goes on when nobody is there any more who reads its log',
    test: LOG_TEST,
    name: 'an engine goes on when whoever reads its log is gone',
    removal: { file: LOG, find: 'else this.#giveUp(line, code);', replace: 'else throw error;' },
  },
  {
    document: 'reliability',
    promise: 'An engine does not wait for a reader of its log that has stopped reading',
    test: LOG_TEST,
    name: 'an engine does not wait for a reader of its log that has stopped reading',
    removal: {
      file: LOG,
      find: "if (code === 'EAGAIN') this.#retryLater();",
      replace: "if (code === 'EAGAIN') continue;",
    },
  },
  {
    document: 'reliability',
    promise: 'Log lines that wait for a reader take a megabyte at most',
    test: 'packages/edge/src/log/log-output.test.ts',
    name: 'costs no more memory than the backlog, and learns how many lines it missed',
    removal: { file: LOG, find: 'this.#waitingOctets + bytes.length > BACKLOG_LIMIT', replace: 'false' },
  },
  {
    document: 'reliability',
    promise: 'The log tells how many of its lines were lost, and never joins two',
    test: 'packages/edge/src/log/log-output.test.ts',
    name: 'a line that the full disk has cut does not run into the next one',
    removal: { file: LOG, find: 'this.#isTorn = line.written > 0 || line.endsTornLine;', replace: '' },
  },
  {
    document: 'reliability',
    promise: 'No unhandled rejection or exception ends a service unlogged; it ends with 1',
    test: BUGS_TEST,
    name: 'logs an unhandled',
    removal: {
      file: MAIN,
      find: "process.on('unhandledRejection', end('unhandled rejection'));",
      replace: "process.on('unhandledRejection', () => process.exit(EXIT.FAILURE));",
    },
  },
  {
    document: 'reliability',
    promise: 'A bug in a media worker is logged and ends that worker alone',
    test: BUGS_TEST,
    name: 'in a media worker is logged, and the engine goes on',
    removal: {
      file: HANDLE,
      find: '      reason = error;\n',
      replace: '',
    },
  },
  {
    document: 'reliability',
    promise: 'systemd starts a service anew that has ended by a failure',
    test: 'packages/kraken/test/deploy.test.ts',
    name: 'anew that has ended by a failure, however often',
    removal: {
      file: 'deploy/systemd/kraken-engine.service',
      find: 'Restart=on-failure',
      replace: 'Restart=no',
    },
  },
  {
    document: 'reliability',
    promise:
      'An interface that is not there at the start ends the engine with 1, for its supervisor to try again',
    test: 'packages/engine/test/command-line.test.ts',
    name: 'an interface that is not there, which may come later',
    removal: {
      file: MAIN,
      find: 'if (error instanceof StartError) exitWith(EXIT.FAILURE, error.message);',
      replace: 'if (error instanceof StartError) exitWith(EXIT.CONFIGURATION, error.message);',
    },
  },
  {
    document: 'reliability',
    promise: 'An interface that goes away and comes back costs the time that it was gone, and nobody rejoins',
    test: 'interop/own-network.test.ts',
    name: 'an interface that goes away and comes back costs the seconds that it was gone, and nobody rejoins',
    removal: {
      file: 'packages/engine/src/media/udp/message-sender.ts',
      find: 'if (error === libc.EAGAIN || error === libc.ENOBUFS) break;',
      replace:
        "if (error === libc.EAGAIN || error === libc.ENOBUFS) break;\n      throw new Error('cannot send');",
    },
  },
  {
    document: 'reliability',
    promise: 'Without file descriptors an engine refuses connections, and calls go on',
    test: 'packages/edge/src/http/accept-failures.test.ts',
    name: 'a server that cannot accept connections goes on, and says so once a minute',
    removal: {
      file: 'packages/edge/src/http/accept-failures.ts',
      find: "if (error.syscall !== 'accept') return;",
      replace: 'throw error;',
    },
  },
  {
    document: 'reliability',
    promise: 'Connections to the API leave half of the file descriptors alone',
    test: 'packages/kraken/test/failures/descriptors.test.ts',
    name: 'connections of strangers take half of the files that an engine may open, and no more',
    removal: {
      file: 'packages/edge/src/http/rpc-server.ts',
      find: "Math.min(limits.connections, connectionBudget('api'))",
      replace: 'limits.connections',
    },
  },
  {
    document: 'reliability',
    promise: 'A clock that is set disturbs no call, no room and no cluster',
    test: 'packages/kraken/test/failures/clock.test.ts',
    name: 'a clock that leaps by days disturbs no call, no room and no cluster; credentials follow it',
    removal: {
      file: 'packages/engine/src/engine.ts',
      find: '    now: monotonic,\n    date: Date.now,\n',
      replace: '    now: Date.now,\n    date: Date.now,\n',
    },
  },
  {
    document: 'reliability',
    promise: 'An event loop that stands still is reported while it does, with how long it did behind that',
    test: WATCHDOG_TEST,
    name: 'an event loop that stands still is reported while it does, with how long it did behind that; media goes on',
    removal: { file: MAIN, find: '    watchdog.start();\n', replace: '' },
  },
  {
    document: 'reliability',
    promise: 'A media worker that stands still is reported by its name',
    test: WATCHDOG_TEST,
    name: 'media workers that stand still are reported by their names',
    removal: {
      file: HANDLE,
      find: '    options.place?.watch(true);\n',
      replace: '',
    },
  },
  {
    document: 'reliability',
    promise:
      'A process in which a thread stands still for a minute says so and ends, for its supervisor to start it anew',
    test: WATCHDOG_TEST,
    name: 'a process in which a thread does not turn again says so and ends, for its supervisor to start it anew',
    removal: {
      file: 'packages/edge/src/watchdog/watchdog-thread.ts',
      find: "if (notice.what === 'is hopeless') end();",
      replace: '',
    },
  },
];
