/** The engine's counts of dropped packets, from its metrics. */
const LINE = /^kraken_dropped_packets_total\{[^}]*reason="([^"]+)"[^}]*\} (\d+)$/gm;

/** @returns counts by reason, of all workers */
export async function readDrops(url: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(new URL('/metrics', url));
  return parseDrops(await response.text());
}

/** @param text in Prometheus' format */
export function parseDrops(text: string): ReadonlyMap<string, number> {
  const drops = new Map<string, number>();
  for (const [, reason = '', count] of text.matchAll(LINE)) {
    drops.set(reason, (drops.get(reason) ?? 0) + Number(count));
  }
  return drops;
}
