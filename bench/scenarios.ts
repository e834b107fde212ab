/** The rooms whose cost is measured. */
import type { RoomShape } from '@kraken/load/participants';

export interface Scenario {
  /** What the report calls it. */
  readonly name: string;
  /** All of one shape; none for an engine without participants. */
  readonly rooms: readonly RoomShape[];
}

export const IDLE: Scenario = { name: 'idle', rooms: [] };
/** Rooms in which everybody speaks: how cost grows with their size. */
export const MESH_SIZES = [10, 20, 30, 50, 70];
export const SMALL_ROOMS = scenarioOf(5, { publishers: 10, listeners: 0 });
export const LECTURE = scenarioOf(1, { publishers: 10, listeners: 500 });
/** Enough for each of several workers. */
export const MANY_ROOMS = scenarioOf(20, { publishers: 10, listeners: 0 });
const QUICK_SIZES = [10, 20, 50];

export const FULL_SCENARIOS: readonly Scenario[] = [...MESH_SIZES.map(meshOf), SMALL_ROOMS, LECTURE];
export const QUICK_SCENARIOS: readonly Scenario[] = [IDLE, ...QUICK_SIZES.map(meshOf)];

/** One room of N participants, all of whom speak. */
export function meshOf(participants: number): Scenario {
  return scenarioOf(1, { publishers: participants, listeners: 0 });
}

/** @returns the size of the one room in which everybody speaks, or null where the scenario is another */
export function meshSizeOf({ rooms }: Scenario): number | null {
  const [room] = rooms;
  return rooms.length === 1 && room !== undefined && room.listeners === 0 ? room.publishers : null;
}

export interface CustomRooms {
  readonly isIdle: boolean;
  /** Speakers in a room, one scenario each. */
  readonly sizes: readonly number[];
  readonly rooms: number;
  readonly listeners: number;
}

export function customScenarios({ isIdle, sizes, rooms, listeners }: CustomRooms): Scenario[] {
  const scenarios = sizes.map((publishers) => scenarioOf(rooms, { publishers, listeners }));
  return isIdle ? [IDLE, ...scenarios] : scenarios;
}

export function participantsOf(scenario: Scenario): number {
  return scenario.rooms.reduce((sum, room) => sum + room.publishers + room.listeners, 0);
}

function scenarioOf(rooms: number, shape: RoomShape): Scenario {
  const size =
    shape.listeners === 0 ? `${shape.publishers}` : `${shape.publishers} + ${shape.listeners} listeners`;
  const name = rooms === 1 ? `room of ${size}` : `${rooms} rooms of ${size}`;
  return { name, rooms: Array.from({ length: rooms }, () => shape) };
}
