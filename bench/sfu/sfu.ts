/** What the benchmark has to know of an SFU. */

/** Where participants join, and in which language. Plain data: it is handed to the generator's process. */
export type SignallingTarget =
  | { readonly kind: 'kraken'; readonly url: string; readonly token?: string }
  | { readonly kind: 'janus'; readonly url: string }
  | { readonly kind: 'mediasoup'; readonly url: string };

/** An SFU that is up, whoever started it. */
export interface RunningSfu {
  /** What the report calls it: `kraken-ts`, `janus`, `mediasoup`, or the URL of one that was running already. */
  readonly name: string;
  /** What the report says of it besides: its version, the SRTP library that it runs on. */
  readonly notes: readonly string[];
  /** Root of its process tree, or null when it is not on this machine. */
  readonly pid: number | null;
  readonly target: SignallingTarget;
  /** Has it collect all garbage, and does not wait for it; absent where it was not started with `collectsGarbage`. */
  readonly collectGarbage?: () => void;
  /** Ends it, if the benchmark has started it. */
  stop(): Promise<void>;
  /** @returns the last lines of what it has printed */
  logEnd(): string;
}

export interface SfuStart {
  /** The repository. */
  readonly root: string;
  /** Where configuration, log and profiles go. */
  readonly folder: string;
  /** The core that it is pinned to with all its threads and processes. */
  readonly core: number;
  readonly settings?: SfuSettings;
}

export type TomlValue = string | number | boolean | readonly string[];

export interface SfuSettings {
  /** Whether it writes CPU profiles to the folder; only Kraken can. */
  readonly profile?: boolean;
  /** Whether it tells perf the names of what V8 has compiled; only Kraken can. */
  readonly hasSymbols?: boolean;
  /** Whether it can be made to collect garbage; only Kraken can. */
  readonly collectsGarbage?: boolean;
  /** Keys of Kraken's section [engine], besides the benchmark's own or in their place. */
  readonly engine?: Readonly<Record<string, string | number | boolean>>;
  /** Kraken's other sections, with their keys. */
  readonly sections?: Readonly<Record<string, Readonly<Record<string, TomlValue>>>>;
  /** Keys of Kraken's section [room], in the place of forwarding all that is published. */
  readonly room?: Readonly<Record<string, number>>;
  /** The cores that Kraken is pinned to, in place of the one. */
  readonly cores?: readonly number[];
}

export interface Sfu {
  readonly name: string;
  /** @returns in one line why it cannot be measured on this machine, or null */
  whyNotMeasured(): Promise<string | null>;
  /** @throws Error with the end of its log when it does not come up */
  start(options: SfuStart): Promise<RunningSfu>;
}

/**
 * @param url of an engine that runs already and speaks Kraken's JSON-RPC
 * @param pid of its process, or null when its CPU time and memory are not to be read
 */
export function runningAt(url: string, pid: number | null): RunningSfu {
  return {
    name: url,
    notes: [],
    pid,
    target: { kind: 'kraken', url },
    stop: async () => undefined,
    logEnd: () => '',
  };
}
