import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { addReadiness, type ReadinessSources } from './readiness.js';

const READY: ReadinessSources = {
  workers: [{ isAvailable: false }, { isAvailable: true }],
  admits: () => 'everybody',
  isDraining: () => false,
};

test.each<[string, number, Partial<ReadinessSources>]>([
  ['ready', 200, {}],
  ['draining', 503, { isDraining: () => true }],
  ['no media worker runs', 503, { workers: [{ isAvailable: false }] }],
  ['cut off from its monitor', 503, { admits: () => 'into its rooms' }],
  ['cut off from its monitor', 503, { admits: () => 'nobody' }],
])('an engine that is %s answers %i', async (status, code, sources) => {
  const server = fastify();
  addReadiness(server, { ...READY, ...sources });
  const response = await server.inject('/readyz');
  expect([response.statusCode, response.json()]).toEqual([code, { status }]);
});
