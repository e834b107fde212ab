import { expect, test } from 'vitest';
import { parseStacks, profileOf, shareOf } from './perf-profile.js';

const SCRIPT = `
\tffffffff81 __ip_make_skb ([kernel.kallsyms])
\tffffffff82 __x64_sys_sendmmsg ([kernel.kallsyms])
\t    7fabc JS:*send file:///home/x/packages/engine/dist/media/udp/transmitter.js:10:3 (/tmp/perf-77.map)

\tffffffff83 finish_task_switch.isra.0 ([kernel.kallsyms])
\tffffffff84 __x64_sys_poll ([kernel.kallsyms])

\t    7fabd JS:wasm-function[18]-18-turbofan ([JIT] tid 77)

\t    7fabe JS:*receive file:///home/x/packages/engine/dist/media/worker.js:131:13 ([JIT] tid 77)
\t    7fabf v8::internal::Execution::Call(void*) (/usr/bin/node)
`;

test('a sample belongs to the system call that the kernel served, or to the kind of code that ran', () => {
  const stacks = parseStacks(SCRIPT);
  expect(stacks.map(shareOf)).toEqual(['sendmmsg', 'poll and wake-up', 'WebAssembly', 'JavaScript']);
});

test('shares add up, and the busiest functions are told by readable names', () => {
  const profile = profileOf(parseStacks(SCRIPT));
  expect(profile.samples).toBe(4);
  expect(Object.values(profile.shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
  expect(profile.hotspots.map(({ symbol }) => symbol)).toEqual([
    '__ip_make_skb',
    'finish_task_switch.isra.0',
    'wasm-function[18]',
    'receive media/worker.js:131',
  ]);
});

test('code of node, of V8 and of libraries is told apart', () => {
  const ofNode = (symbol: string) => shareOf([{ symbol, program: '/usr/bin/node' }]);
  expect(ofNode('Builtins_LoadIC')).toBe('V8 and node, other');
  expect(ofNode('v8::internal::compiler::GraphReducer::ReduceTop()')).toBe('V8 compiling');
  expect(ofNode('v8::internal::ConcurrentMarking::RunMajor')).toBe('V8 collecting garbage');
  expect(shareOf([{ symbol: 'malloc', program: '/lib/libc.so.6' }])).toBe('others');
  expect(shareOf([])).toBe('others');
});
