/** Reads the body of a heartbeat. */
import { type EngineReport, identifierProblem } from '@kraken/protocol';
import { z } from 'zod';
import type { EngineSummary } from '../registry/engine-entry.js';

/** More rooms than an engine has participants. */
export const MAX_ROOMS = 200_000;
/** Longest body of a heartbeat, bytes. */
export const REPORT_LIMIT = 32 * 1024 * 1024;
const MAX_NAME_LENGTH = 256;
const MAX_WORKERS = 1024;

const name = z.string().min(1).max(MAX_NAME_LENGTH);
const count = z.number().finite().min(0);
const share = z.number().finite().min(0).max(1);
const httpUrl = z.url({ protocol: /^https?$/ }).max(MAX_NAME_LENGTH);
const rid = z.string().refine((value) => identifierProblem(value) === null, 'is no id of a room');

const summaryFields = {
  engineId: name,
  state: z.enum(['serving', 'draining']),
  version: name,
  region: name,
  url: httpUrl,
  publicUrl: httpUrl,
  cpu: share,
  workers: z.array(share).max(MAX_WORKERS),
  packetsPerSecond: count,
  participants: count,
  closedParticipants: count,
  closedRooms: count,
  residentBytes: count,
};

const summarySchema: z.ZodType<EngineSummary> = z.object({ ...summaryFields, roomCount: count });

const schema: z.ZodType<EngineReport> = z.strictObject({
  ...summaryFields,
  rooms: z
    .array(rid)
    .max(MAX_ROOMS)
    .refine((rids) => new Set(rids).size === rids.length, 'names a room twice'),
});

/**
 * Reads what another monitor has written down of an engine.
 * @returns null for what is none, such as that of another version of the monitor
 */
export function parseEngineSummary(summary: string): EngineSummary | null {
  try {
    return summarySchema.safeParse(JSON.parse(summary)).data ?? null;
  } catch {
    return null;
  }
}

/** The body is no heartbeat; the message is one line that names the field at fault. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}

/** @throws ReportError */
export function parseEngineReport(body: string): EngineReport {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new ReportError('the body is not valid JSON');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ReportError(`${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'not usable'}`);
}
