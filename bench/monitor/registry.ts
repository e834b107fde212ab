/** Where a monitor keeps which engine has which room: what the benchmark has to know of it. */

export interface RegistryStart {
  /** Where logs and data go. */
  readonly folder: string;
  /** The core that its processes are pinned to. */
  readonly core: number;
}

export interface RunningRegistry {
  /** Sections of monitor.toml that make the monitor use it. */
  readonly toml: string;
  stop(): Promise<void>;
}

export interface Registry {
  /** As the option --registry and the report call it. */
  readonly name: string;
  /** @returns in one line why it cannot be measured on this machine, or null */
  whyNotMeasured(): string | null;
  start(options: RegistryStart): Promise<RunningRegistry>;
}
