/**
 * The one memory of a media worker: a WebAssembly memory of fixed size, in which packets are received, decrypted,
 * fanned out and sent without being copied. "Offset" everywhere in the worker means a byte offset into it.
 *
 * The kernel owns the first page; everything behind is handed out here, in blocks that are reused by size.
 */

const PAGE = 65_536;
/** Bytes at the start that belong to the kernel: its constants and scratch. */
const KERNEL_RESERVED = PAGE;
/** Cache-line alignment: no two blocks share a line. */
const ALIGNMENT = 64;

/** Tells the absolute address of a buffer's first byte; the FFI border provides it. */
export type AddressOf = (bytes: Uint8Array) => number;

export class WorkerMemory {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
  /** Absolute address of offset 0; user-space addresses fit a double exactly. 0 where nothing needs addresses. */
  readonly baseAddress: number;
  #next = KERNEL_RESERVED;
  readonly #free = new Map<number, number[]>();

  /**
   * @param pages size in 64 KiB pages; fixed, so that the base address never moves. Pages that are never touched
   *   cost address space only.
   * @param addressOf gives the absolute address, or null where only `dgram` is used
   */
  constructor(pages: number, addressOf: AddressOf | null) {
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.bytes = new Uint8Array(this.memory.buffer);
    this.words = new Uint32Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.baseAddress = addressOf === null ? 0 : addressOf(this.bytes);
  }

  /**
   * @param size bytes
   * @returns offset of a zeroed block aligned to 64 bytes, or 0 when the memory is full
   */
  allocate(size: number): number {
    const rounded = roundUp(size);
    const reused = this.#free.get(rounded)?.pop();
    if (reused !== undefined) {
      this.bytes.fill(0, reused, reused + rounded);
      return reused;
    }
    if (this.#next + rounded > this.bytes.length) return 0;
    const offset = this.#next;
    this.#next += rounded;
    return offset;
  }

  /**
   * Like allocate, for what the worker cannot start without.
   * @throws Error when the memory is full: its size is then wrong for the worker's fixed structures
   */
  reserve(size: number): number {
    const offset = this.allocate(size);
    if (offset === 0) throw new Error(`worker memory of ${this.bytes.length} bytes is too small`);
    return offset;
  }

  /**
   * Gives a block back, and wipes it first: it may have held keys.
   * @param offset as allocate returned it
   * @param size as given to allocate
   */
  free(offset: number, size: number): void {
    const rounded = roundUp(size);
    this.bytes.fill(0, offset, offset + rounded);
    const list = this.#free.get(rounded);
    if (list === undefined) this.#free.set(rounded, [offset]);
    else list.push(offset);
  }

  /** Bytes handed out and not given back. */
  get used(): number {
    let free = 0;
    for (const [size, list] of this.#free) free += size * list.length;
    return this.#next - KERNEL_RESERVED - free;
  }
}

function roundUp(size: number): number {
  return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}
