import { element, setAttribute, setText } from './dom.js';
import { milliseconds, nameOf, percent, plainId } from './format.js';

/** From where on a value is worth a look, and where it is bad: as the engine's own list of who needs attention has it. */
const LIMITS = {
  loss: [0.02, 0.05],
  jitter: [30, 60],
  roundTrip: [300, 600],
};
const FORMATS = { loss: percent, jitter: milliseconds, roundTrip: milliseconds };

function levelOf(kind, value) {
  const [warn, bad] = LIMITS[kind];
  if (value === null || value === undefined || value < warn) return null;
  return value < bad ? 'warn' : 'bad';
}

/** @returns a column of a link's loss, jitter or round trip */
export function qualityColumn({ key, label, spoken, title, kind, of }) {
  return {
    key,
    label,
    spoken,
    title,
    numeric: true,
    value: of,
    show: (row, cell) => {
      setAttribute(cell, 'data-level', levelOf(kind, of(row)));
      return FORMATS[kind](of(row));
    },
  };
}

/** What is a link, or more than text, is made once and filled again. */
function partOf(cell, make) {
  if (cell.firstElementChild === null) cell.append(make());
  return cell.firstElementChild;
}

export function showLink(cell, href, text, detail = '') {
  const box = partOf(cell, () =>
    element('span', { class: 'name' }, element('a'), element('span', { class: 'detail' })),
  );
  const [link, small] = box.children;
  setAttribute(link, 'href', href);
  setText(link, text);
  setText(small, detail);
}

export function showName(cell, participant) {
  const box = partOf(cell, () =>
    element('span', { class: 'name' }, element('strong'), element('span', { class: 'detail' })),
  );
  const name = nameOf(participant);
  const plain = plainId(participant.uid);
  setText(box.children[0], name);
  setText(box.children[1], name === plain ? '' : plain);
  setAttribute(box, 'title', plain);
}

/** @param chips `[kind, text]` each */
export function showChips(cell, chips) {
  const box = partOf(cell, () => element('span', { class: 'chips' }));
  const key = chips.map((chip) => chip.join(':')).join();
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.replaceChildren(...chips.map(([kind, text]) => element('span', { class: `chip ${kind}` }, text)));
}

/** @returns what somebody does, as chips */
export function stateOf({ connected, publishing, speaking, muted, silenced, permissions }) {
  const chips = [];
  if (!connected) chips.push(['soft', 'connecting']);
  else if (silenced) chips.push(['warn', 'silenced']);
  if (!permissions.publish) chips.push(['warn', 'may not speak']);
  if (!permissions.subscribe) chips.push(['warn', 'may not hear']);
  if (muted) chips.push(['soft', 'muted']);
  else if (speaking) chips.push(['good', 'speaking']);
  else if (publishing) chips.push(['soft', 'quiet']);
  else if (connected) chips.push(['soft', 'listening']);
  return chips;
}

export const roomAddress = (rid) => `#/rooms/${encodeURIComponent(rid)}`;
export const participantAddress = (rid, uid) => `${roomAddress(rid)}/${encodeURIComponent(uid)}`;

export function worst(...values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}
