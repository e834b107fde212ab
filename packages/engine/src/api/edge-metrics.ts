import type { Gate } from '@kraken/edge/gate/gate';
import type { Certificate } from '@kraken/edge/http/certificate';
import { Counter, Gauge, type Registry } from 'prom-client';

const MILLISECONDS_PER_SECOND = 1000;

/** Adds to a scrape what strangers were refused, and what is held of what has not come whole. */
export function describeGate(registry: Registry, { refusals, unfinished }: Gate): void {
  const registers = [registry];
  new Gauge({
    name: 'kraken_unfinished_bytes',
    help: 'What is held of bodies and messages that are not whole yet.',
    registers,
  }).set(unfinished);
  const requests = new Counter({
    name: 'kraken_refused_requests_total',
    help: 'Requests, connections and live sockets that were refused before they were a call, by reason.',
    labelNames: ['reason'],
    registers,
  });
  for (const [reason, count] of refusals.requests) requests.inc({ reason }, count);
  const calls = new Counter({
    name: 'kraken_refused_calls_total',
    help: 'Calls that were answered with an error, by its code; PROTOCOL.md tells what each one means.',
    labelNames: ['code'],
    registers,
  });
  for (const [code, count] of refusals.calls) calls.inc({ code: String(code) }, count);
}

/** Adds to a scrape until when clients can trust the API's certificate. */
export function describeCertificate(registry: Registry, { expiresAt }: Certificate): void {
  new Gauge({
    name: 'kraken_certificate_expiry_time_seconds',
    help: 'When the certificate of the API expires, in seconds since 1970.',
    registers: [registry],
  }).set(expiresAt / MILLISECONDS_PER_SECOND);
}
