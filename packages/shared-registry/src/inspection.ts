/** Looks at a Redis that monitors share, and changes nothing there. */
import { createClient } from '@redis/client';
import { z } from 'zod';
import { isProven } from './proof.js';
import { KEY } from './redis-connection.js';

/** How long Redis may take for all of it, ms. */
const TIMEOUT = 5_000;

const engineSchema = z.object({
  engineId: z.string(),
  url: z.string(),
  publicUrl: z.string(),
  proof: z.string().default(''),
});

/** An engine that Redis has been told of. */
export interface InspectedEngine {
  readonly publicUrl: string;
  /** Whether who announced it knows the secret. */
  readonly isProven: boolean;
}

export interface RedisInspection {
  /** Such as 7.0.15. */
  readonly version: string;
  /** `master` takes writes. */
  readonly role: string;
  /** In bytes; 0 for no limit. */
  readonly maxMemory: number;
  /** What is done at that limit, such as noeviction. */
  readonly evictionPolicy: string;
  readonly engines: readonly InspectedEngine[];
}

/**
 * @param url redis:// or rediss://
 * @param secret shared by engines and monitors
 * @throws Error when Redis does not answer, or does not let us look
 */
export async function inspectRedis(url: string, secret: string): Promise<RedisInspection> {
  const socket = { connectTimeout: TIMEOUT, reconnectStrategy: false } as const;
  const client = createClient({ url, socket, commandOptions: { timeout: TIMEOUT } });
  // Whoever waits for an answer is told.
  client.on('error', () => {});
  await client.connect();
  try {
    const information = fieldsOf(await client.info());
    const summaries = z.array(z.string()).parse(await client.sendCommand(['HVALS', `${KEY}:engines`]));
    return {
      version: information.get('redis_version') ?? '',
      role: information.get('role') ?? '',
      maxMemory: Number(information.get('maxmemory') ?? 0),
      evictionPolicy: information.get('maxmemory_policy') ?? '',
      engines: summaries.map((summary) => inspectEngine(summary, secret)),
    };
  } finally {
    client.destroy();
  }
}

function inspectEngine(summary: string, secret: string): InspectedEngine {
  const engine = engineSchema.parse(JSON.parse(summary));
  return { publicUrl: engine.publicUrl, isProven: isProven(secret, engine) };
}

/** INFO answers lines of `name:value`. */
function fieldsOf(information: string): ReadonlyMap<string, string> {
  return new Map(
    [...information.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}
