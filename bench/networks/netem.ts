/** The commands that make a loopback a bad network by the kernel's netem, for one port's datagrams, each way apart. */
import { CLEAN, type LinkConditions } from './conditions.js';
import { IP_UDP_HEADERS } from './impaired-link.js';

export type Command = readonly string[];

/** bit/s that limit nothing: netem keeps the order of jittered packets only where it has a rate (tc-netem(8)). */
const ORDERLY_RATE = 10_000_000_000;
/** Octets of a voice's packet: netem's queue counts packets. */
const PACKET = 100 + IP_UDP_HEADERS;
/** Of Linux' loopback. */
const LOOPBACK_MTU = 65_536;
/** Of the two ways: to the port, and from it. */
const WAYS = [
  { match: 'dport', parent: '1:1', handle: '10:' },
  { match: 'sport', parent: '1:2', handle: '20:' },
] as const;
/** Everything goes by the third band, which netem is not in, until a filter says otherwise. */
const THIRD_BAND = Array.from({ length: 16 }, () => '2');

/** @returns commands that undo what `impairing` has done; the first fails where there is nothing to undo */
export function clearing(): Command[] {
  return [['tc', 'qdisc', 'del', 'dev', 'lo', 'root'], mtuOf(LOOPBACK_MTU)];
}

/** @param port whose UDP datagrams pass a bad network, each way */
export function impairing(conditions: LinkConditions, port: number): Command[] {
  return [
    [
      'tc',
      'qdisc',
      'add',
      'dev',
      'lo',
      'root',
      'handle',
      '1:',
      'prio',
      'bands',
      '3',
      'priomap',
      ...THIRD_BAND,
    ],
    ...changing('add', conditions),
    ...WAYS.map(({ match, parent }) => [
      ...['tc', 'filter', 'add', 'dev', 'lo', 'parent', '1:', 'protocol', 'ip', 'prio', '1', 'u32'],
      ...[
        'match',
        'ip',
        'protocol',
        '17',
        '0xff',
        'match',
        'ip',
        match,
        String(port),
        '0xffff',
        'flowid',
        parent,
      ],
    ]),
    // Merged datagrams (UDP GSO) would be lost together.
    ['ip', 'link', 'set', 'dev', 'lo', 'gso_max_segs', '1'],
    mtuOf(conditions.mtu ?? LOOPBACK_MTU),
  ];
}

/** @returns commands by which nothing passes a network that is there */
export function interrupting(): Command[] {
  return changing('change', { ...CLEAN, loss: 1 });
}

/** @returns commands that give other conditions to a network that is there */
export function restoring(conditions: LinkConditions): Command[] {
  return changing('change', conditions);
}

function changing(verb: 'add' | 'change', conditions: LinkConditions): Command[] {
  return WAYS.map(({ parent, handle }) => [
    ...['tc', 'qdisc', verb, 'dev', 'lo', 'parent', parent, 'handle', handle, 'netem'],
    ...netemOf(conditions),
  ]);
}

function mtuOf(octets: number): Command {
  return ['ip', 'link', 'set', 'dev', 'lo', 'mtu', String(octets)];
}

/** @returns netem's parameters */
function netemOf(conditions: LinkConditions): string[] {
  const { loss, burst, delay, jitter, overtaking, reorder, reorderDelay, duplicate, rate, queue } =
    conditions;
  const slowest = rate ?? (jitter > 0 && !overtaking ? ORDERLY_RATE : null);
  // netem reorders by sending some at once, and the others as late as it is told.
  const late = reorder > 0 ? reorderDelay : delay + jitter / 2;
  return [
    ...(rate === null ? [] : ['limit', String(Math.ceil(queue / PACKET))]),
    ...(late > 0 ? ['delay', `${late}ms`] : []),
    ...(jitter > 0 ? [`${jitter / 2}ms`] : []),
    ...lossOf(loss, burst),
    ...(duplicate > 0 ? ['duplicate', percent(duplicate)] : []),
    ...(reorder > 0 ? ['reorder', percent(1 - reorder)] : []),
    ...(slowest === null ? [] : ['rate', `${slowest}bit`]),
  ];
}

function lossOf(loss: number, burst: number): string[] {
  if (loss === 0) return [];
  if (burst === 1) return ['loss', 'random', percent(loss)];
  // Gilbert's model, by the chances with which a burst begins and ends.
  return ['loss', 'gemodel', percent(loss / (burst * (1 - loss))), percent(1 / burst)];
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(4))}%`;
}
