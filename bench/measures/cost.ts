/** CPU time per packet out, of rooms in their steady state. */
import {
  type EngineFigures,
  engineFigures,
  type ScenarioResult,
  scenarioResult,
} from '../scenario-result.js';
import type { Scenario } from '../scenarios.js';
import type { RunningSfu } from '../sfu/sfu.js';
import { type MeasureContext, measureRooms } from './rooms.js';

/**
 * @param scenario with participants
 * @throws Error when the rooms could not be measured at all; faults of the media are in the result
 */
export async function measureCost(
  sfu: RunningSfu,
  scenario: Scenario,
  context: MeasureContext,
  seconds: number,
): Promise<ScenarioResult> {
  const { joinSeconds, measurement } = await measureRooms(sfu, scenario, context, seconds);
  const { before, after, packetsReceived } = measurement;
  let figures: EngineFigures | null = null;
  if (sfu.pid !== null && before !== null && after !== null) {
    const coreBusySeconds = after.coreBusySeconds - before.coreBusySeconds;
    const interval = { before: before.process, after: after.process, coreBusySeconds };
    figures = engineFigures(sfu.pid, interval, packetsReceived);
  }
  return scenarioResult(scenario, joinSeconds, measurement, figures);
}
