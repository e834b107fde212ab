import type { WorkerMemory } from '../memory.js';
import { PLAN_ENTRY_SIZE, ROUTE_GROUP_SIZE } from '../srtp/index.js';
import type { KeyGroup } from './key-group.js';
import { RouteGroup } from './route-group.js';

/** Entries by which a plan grows. */
const PLAN_STEP = 8;

/**
 * The route groups of a stream's subscribers who get its packets in one encoding, and the plan over them, which is what
 * the kernel reads: for each group of four subscribers the offsets of its keys and of its lanes.
 */
export class RouteTable {
  readonly groups: RouteGroup[] = [];
  /** Offset of the plan; it has one entry per group, in the order of `groups`. 0 before the first. */
  plan = 0;
  readonly #memory: WorkerMemory;
  #planCapacity = 0;

  constructor(memory: WorkerMemory) {
    this.#memory = memory;
  }

  /** @returns the group of these keys, made when there is none, or null when the memory is full */
  groupFor(keyGroup: KeyGroup): RouteGroup | null {
    const existing = this.groups.find((group) => group.keyGroup === keyGroup);
    if (existing !== undefined) return existing;
    const offset = this.#memory.allocate(ROUTE_GROUP_SIZE);
    if (offset === 0) return null;
    const group = new RouteGroup(this.#memory, keyGroup, offset, this);
    this.groups.push(group);
    if (!this.#writePlan()) {
      this.groups.pop();
      this.#memory.free(offset, ROUTE_GROUP_SIZE);
      return null;
    }
    return group;
  }

  /** Gives back the memory of a group that has no lane in use any longer. */
  remove(group: RouteGroup): void {
    this.groups.splice(this.groups.indexOf(group), 1);
    this.#memory.free(group.offset, ROUTE_GROUP_SIZE);
    this.#writePlan();
  }

  /** Gives back the memory of the plan, when there are no groups left. */
  close(): void {
    if (this.plan !== 0) this.#memory.free(this.plan, this.#planCapacity * PLAN_ENTRY_SIZE);
    this.plan = 0;
    this.#planCapacity = 0;
  }

  #writePlan(): boolean {
    if (this.groups.length > this.#planCapacity) {
      const capacity = this.#planCapacity + PLAN_STEP;
      const plan = this.#memory.allocate(capacity * PLAN_ENTRY_SIZE);
      if (plan === 0) return false;
      this.close();
      this.plan = plan;
      this.#planCapacity = capacity;
    }
    this.groups.forEach((group, i) => {
      const entry = (this.plan + i * PLAN_ENTRY_SIZE) >> 2;
      this.#memory.words[entry] = group.keyGroup.offset;
      this.#memory.words[entry + 1] = group.offset;
    });
    return true;
  }
}
