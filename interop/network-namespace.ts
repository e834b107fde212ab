import { execFileSync } from 'node:child_process';
import { programPath } from './programs.js';

let namespaces = 0;

function ip(...parameters: readonly string[]): void {
  try {
    execFileSync(programPath('ip'), parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const hint = process.getuid?.() === 0 ? '' : ' (network namespaces need root)';
    throw new Error(`ip ${parameters.join(' ')} failed${hint}`, { cause: error });
  }
}

/**
 * A network of its own for the processes started in it, with nothing in it but a loopback at first. It is named
 * after this process, so that test runs do not meet; removing it removes its interfaces as well.
 */
export class NetworkNamespace implements Disposable {
  readonly name: string;

  constructor() {
    namespaces += 1;
    this.name = `kraken-${process.pid}-${namespaces}`;
    ip('netns', 'add', this.name);
    this.#ip('link', 'set', 'lo', 'up');
  }

  /** Put it in front of a command to run that command inside. */
  get prefix(): readonly string[] {
    return [programPath('ip'), 'netns', 'exec', this.name];
  }

  /**
   * Joins this namespace with another by a pair of virtual Ethernet interfaces.
   * @returns the interface's name, the same on both sides
   */
  connect(other: NetworkNamespace): string {
    const name = 'kraken0';
    this.#ip('link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', other.name);
    this.#ip('link', 'set', name, 'up');
    other.#ip('link', 'set', name, 'up');
    return name;
  }

  /** @param address with the length of its prefix: `10.0.0.1/24` */
  addAddress(interfaceName: string, address: string): void {
    const flags = address.includes(':') ? ['nodad'] : [];
    this.#ip('address', 'add', address, 'dev', interfaceName, ...flags);
  }

  removeAddress(interfaceName: string, address: string): void {
    this.#ip('address', 'delete', address, 'dev', interfaceName);
  }

  /** @param up false: the cable is pulled, and the routes over it are gone */
  setLink(interfaceName: string, up: boolean): void {
    this.#ip('link', 'set', interfaceName, up ? 'up' : 'down');
  }

  /** Without the permission to use a microphone, Chromium takes the address of the default route only. */
  addDefaultRoute(gateway: string): void {
    this.#ip('route', 'add', 'default', 'via', gateway);
  }

  [Symbol.dispose](): void {
    ip('netns', 'delete', this.name);
  }

  #ip(...parameters: readonly string[]): void {
    ip('-netns', this.name, ...parameters);
  }
}
