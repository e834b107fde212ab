/** By what a monitor knows, of what Redis has of an engine, that it was written by somebody who knows the secret. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { EngineSummary } from '@kraken/protocol';

/** What Redis has of an engine, as JSON. */
export interface ProvenSummary extends EngineSummary {
  readonly proof: string;
}

/** @param secret shared by engines and monitors */
export function prove(secret: string, summary: EngineSummary): ProvenSummary {
  return { ...summary, proof: proofOf(secret, summary) };
}

/** What of a summary is proven, and the proof. */
export type Proven = Pick<ProvenSummary, 'engineId' | 'url' | 'publicUrl' | 'proof'>;

export function isProven(secret: string, summary: Proven): boolean {
  const expected = Buffer.from(proofOf(secret, summary));
  const proof = Buffer.from(summary.proof);
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}

/** Of who the engine is and where calls are sent to, not of how it fares. */
function proofOf(secret: string, { engineId, url, publicUrl }: Omit<Proven, 'proof'>): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([engineId, url, publicUrl]))
    .digest('hex');
}
