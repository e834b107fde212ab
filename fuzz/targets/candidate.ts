import { checkCandidate, parseTrickle } from '../../packages/engine/src/sdp/remote-candidate.js';
import { type FuzzTarget, promise } from '../target.js';
import { withoutCallerFaults } from './caller-faults.js';

const LINE = 'candidate:1 1 udp 2122260223 192.0.2.1 40000 typ host generation 0 ufrag abcd';

export const candidate: FuzzTarget = {
  name: 'candidate',
  maxLength: 600,
  seeds: () =>
    [
      JSON.stringify({ candidate: LINE, sdpMid: '0', sdpMLineIndex: 0 }),
      JSON.stringify({ sdp: `a=${LINE}` }),
      JSON.stringify(LINE),
      JSON.stringify(LINE.replace('40000', '70000')),
      '{"candidate":""}',
      'null',
      ' ',
    ].map((text) => Buffer.from(text)),
  prepare: () => (input) => {
    const line = withoutCallerFaults(() => parseTrickle(Buffer.from(input).toString()));
    if (line === null || withoutCallerFaults(() => checkCandidate(line) ?? true) === null) return;
    const [component, priority, port] = [1, 3, 5].map((field) => Number(line.split(' ')[field]));
    promise(component !== undefined && component >= 1 && component <= 256, 'a component is 1 to 256');
    promise(priority !== undefined && priority < 2 ** 31, 'a priority has 31 bits');
    promise(port !== undefined && port < 2 ** 16, 'a port has 16 bits');
  },
};
