import { fetchRooms } from './api.js';
import { qualityColumn, roomAddress, showLink } from './cells.js';
import { element, setText } from './dom.js';
import { bits, count, duration, plainId, plural } from './format.js';
import { Table } from './table.js';

const PAGE_SIZE = 50;
const SEARCH_DELAY = 200;

/** All rooms, searched, sorted and paged by the engine. */
export class RoomsView {
  title = 'Rooms';
  #query = { search: '', sort: 'participants', order: 'descending', offset: 0, limit: PAGE_SIZE };
  #table = new Table({
    label: 'Rooms',
    empty: 'No rooms.',
    keyOf: ({ rid }) => rid,
    sort: { key: this.#query.sort, descending: true },
    onSort: ({ key, descending }) =>
      void this.#ask({ sort: key, order: descending ? 'descending' : 'ascending', offset: 0 }),
    columns: [
      {
        key: 'name',
        label: 'Room',
        wide: true,
        value: ({ rid }) => rid,
        show: ({ rid }, cell) => showLink(cell, roomAddress(rid), plainId(rid)),
      },
      {
        key: 'participants',
        label: 'Participants',
        numeric: true,
        value: ({ participants }) => participants,
        show: ({ participants }) => count(participants),
      },
      {
        key: 'speaking',
        label: 'Speaking',
        title: 'Of those who publish',
        numeric: true,
        value: ({ speaking }) => speaking,
        show: ({ speaking, publishing }) => `${count(speaking)} of ${count(publishing)}`,
      },
      {
        key: 'traffic',
        label: 'Traffic',
        title: 'Both directions together',
        numeric: true,
        value: ({ bitsUp, bitsDown }) => bitsUp + bitsDown,
        show: ({ bitsUp, bitsDown }) => bits(bitsUp + bitsDown),
      },
      qualityColumn({
        key: 'loss',
        label: 'Worst loss',
        title: 'Of the participant that loses most, either way',
        kind: 'loss',
        of: ({ worstLoss }) => worstLoss,
      }),
      qualityColumn({
        key: 'jitter',
        label: 'Worst jitter',
        kind: 'jitter',
        of: ({ worstJitter }) => worstJitter,
      }),
      qualityColumn({
        key: 'roundTrip',
        label: 'Worst RTT',
        spoken: 'Worst round trip',
        kind: 'roundTrip',
        of: ({ worstRoundTrip }) => worstRoundTrip,
      }),
      {
        key: 'since',
        label: 'Since',
        title: 'How long ago the first of those who are there came',
        numeric: true,
        value: ({ since }) => since,
        show: ({ since }) => duration((Date.now() - since) / 1000),
      },
    ],
  });
  #range = element('p', { class: 'soft', role: 'status' });
  #previous = element('button', { type: 'button', class: 'button compact' }, 'Previous');
  #next = element('button', { type: 'button', class: 'button compact' }, 'Next');

  constructor(main) {
    const search = element('input', {
      type: 'search',
      class: 'search',
      'aria-label': 'Search rooms and participants',
      placeholder: 'Room or participant',
      autocapitalize: 'none',
      spellcheck: 'false',
      maxlength: 256,
    });
    let timer;
    search.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(() => void this.#ask({ search: search.value.trim(), offset: 0 }), SEARCH_DELAY);
    });
    this.#previous.addEventListener('click', () => void this.#turn(-PAGE_SIZE));
    this.#next.addEventListener('click', () => void this.#turn(PAGE_SIZE));
    main.replaceChildren(
      element('div', { class: 'section-head' }, element('h1', {}, 'Rooms'), search),
      element('section', { class: 'card block' }, this.#table.node),
      element('nav', { class: 'pager', 'aria-label': 'Pages' }, this.#range, this.#previous, this.#next),
    );
  }

  async refresh() {
    const query = this.#query;
    const page = await fetchRooms(query);
    if (query !== this.#query) return null;
    // Rooms have ended, so that there is no such page any more.
    if (page.rooms.length === 0 && page.total > 0) {
      this.#query = { ...query, offset: Math.floor((page.total - 1) / PAGE_SIZE) * PAGE_SIZE };
      return this.refresh();
    }
    this.#table.update(page.rooms);
    const last = page.offset + page.rooms.length;
    const shown = last - page.offset < page.total ? `${count(page.offset + 1)} to ${count(last)} of ` : '';
    setText(this.#range, `${shown}${plural(page.total, 'room')}`);
    this.#previous.hidden = this.#next.hidden = page.total <= PAGE_SIZE;
    this.#previous.disabled = page.offset === 0;
    this.#next.disabled = last >= page.total;
    return null;
  }

  #turn(by) {
    return this.#ask({ offset: Math.max(0, this.#query.offset + by) });
  }

  async #ask(changes) {
    this.#query = { ...this.#query, ...changes };
    // An engine that does not answer is noticed by the next refresh.
    await this.refresh().catch(() => {});
  }
}
