/** Reads the body of a heartbeat. */
import { type EngineReport, type EngineSummary, identifierProblem } from '@kraken/protocol';
import { isProven, type ProvenSummary } from '@kraken/shared-registry/proof';
import { z } from 'zod';

/** More rooms than an engine carries. Redis takes the first report of so many in 0.2 s, in which nobody else is served. */
export const MAX_ROOMS = 50_000;
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

const summarySchema: z.ZodType<ProvenSummary> = z.object({ ...summaryFields, roomCount: count, proof: name });

/** Checks a heartbeat. */
export const reportSchema: z.ZodType<EngineReport> = z.strictObject({
  ...summaryFields,
  rooms: z
    .array(rid)
    .max(MAX_ROOMS)
    .refine((rids) => new Set(rids).size === rids.length, 'names a room twice'),
});

/**
 * Reads what an engine, or another monitor, has written down of it.
 * @returns null for what is none, such as that of another version, or was written by who does not know the secret
 */
export function parseEngineSummary(summary: string, secret: string): EngineSummary | null {
  try {
    const proven = summarySchema.safeParse(JSON.parse(summary)).data;
    return proven !== undefined && isProven(secret, proven) ? proven : null;
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
  const result = reportSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ReportError(`${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'not usable'}`);
}
