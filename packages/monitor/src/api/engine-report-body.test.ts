import { expect, test } from 'vitest';
import { reportOf } from '../registry/cluster.fixture.js';
import { parseEngineReport, ReportError } from './engine-report-body.js';

test('a heartbeat is taken as it was sent', () => {
  const report = reportOf('a', { rooms: ['room', 'x'.repeat(256)], workers: [0.5, 1] });
  expect(parseEngineReport(JSON.stringify(report))).toEqual(report);
});

test.each([
  ['no JSON', '{', 'the body is not valid JSON'],
  ['no object', '[]', 'the body'],
  ['a number that is none', JSON.stringify({ ...reportOf('a'), cpu: 'much' }), 'cpu'],
  ['a share above one', JSON.stringify(reportOf('a', { workers: [0, 1.5] })), 'workers.1'],
  ['a URL of another kind', JSON.stringify(reportOf('a', { url: 'file:///etc/passwd' })), 'url'],
  ['a room id of 257 bytes', JSON.stringify(reportOf('a', { rooms: ['x'.repeat(257)] })), 'rooms.0'],
  ['a room that is named twice', JSON.stringify(reportOf('a', { rooms: ['room', 'room'] })), 'rooms'],
  ['more than it should hold', JSON.stringify({ ...reportOf('a'), more: 1 }), 'the body'],
])('%s is refused by what is wrong', (_, body, problem) => {
  expect(() => parseEngineReport(body)).toThrow(ReportError);
  expect(() => parseEngineReport(body)).toThrow(problem);
});
