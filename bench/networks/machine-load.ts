import { cpus } from 'node:os';

/** How busy all cores were, whoever kept them so. */
export class MachineLoad {
  #before = read();

  /** @returns since it was made, or asked last: 0 to 1 */
  share(): number {
    const now = read();
    const all = now.all - this.#before.all;
    const idle = now.idle - this.#before.idle;
    this.#before = now;
    return all === 0 ? 0 : 1 - idle / all;
  }
}

function read(): { readonly all: number; readonly idle: number } {
  let all = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.irq + times.idle;
    idle += times.idle;
  }
  return { all, idle };
}
