import { element, setAttribute, setText } from './dom.js';

/**
 * A table whose rows are kept while their contents change, so that focus and selections stay where they are. Columns are
 * `{key, label, spoken, title, numeric, wide, value, show}`: `spoken` is what a
 * screen reader says for a label of signs; `value(row)` is sorted by, none for a column that is not sorted by;
 * `show(row, cell)` fills a cell, or returns its text. On narrow screens each row is a card.
 */
export class Table {
  #columns;
  #keyOf;
  #sort;
  #onSort;
  #rows = [];
  #byKey = new Map();
  #body;
  #buttons = new Map();
  #empty;

  /** @param sort `{key, descending}` @param onSort called in place of sorting here, for rows that come sorted */
  constructor({ label, columns, keyOf, sort, onSort = null, empty }) {
    this.#columns = columns;
    this.#keyOf = keyOf;
    this.#sort = sort;
    this.#onSort = onSort;
    // Cards are no table for a browser any more, so that each part says what it is.
    this.#body = element('tbody', { role: 'rowgroup' });
    this.#empty = element('p', { class: 'empty' }, empty);
    const head = element('tr', { role: 'row' }, ...columns.map((column) => this.#header(column)));
    const table = element(
      'table',
      { class: 'table', role: 'table', 'aria-label': label },
      element('thead', { role: 'rowgroup' }, head),
      this.#body,
    );
    this.node = element('div', { class: 'table-box' }, table, this.#empty);
    this.#markSort();
  }

  update(rows) {
    this.#rows = rows;
    this.#render();
  }

  #header(column) {
    const attributes = {
      role: 'columnheader',
      scope: 'col',
      class: column.numeric ? 'numeric' : null,
      title: column.title,
    };
    if (column.value === undefined) {
      const classes = column.numeric ? 'plain numeric' : 'plain';
      return element('th', { ...attributes, class: classes }, column.label);
    }
    const button = element(
      'button',
      { type: 'button', class: 'sort', 'aria-label': column.spoken },
      column.label,
    );
    button.addEventListener('click', () => this.#sortBy(column));
    const header = element('th', attributes, button);
    this.#buttons.set(column.key, header);
    return header;
  }

  #sortBy({ key, numeric }) {
    const descending = this.#sort.key === key ? !this.#sort.descending : numeric === true;
    this.#sort = { key, descending };
    this.#markSort();
    if (this.#onSort === null) this.#render();
    else this.#onSort(this.#sort);
  }

  #markSort() {
    for (const [key, header] of this.#buttons) {
      const direction = this.#sort.descending ? 'descending' : 'ascending';
      setAttribute(header, 'aria-sort', key === this.#sort.key ? direction : null);
    }
  }

  #sorted() {
    const column = this.#columns.find(({ key }) => key === this.#sort.key);
    if (this.#onSort !== null || column?.value === undefined) return this.#rows;
    const sign = this.#sort.descending ? -1 : 1;
    return [...this.#rows].sort((one, other) => {
      const order = sign * compare(column.value(one), column.value(other));
      return order || compare(this.#keyOf(one), this.#keyOf(other));
    });
  }

  #render() {
    const gone = new Set(this.#byKey.keys());
    const focused = document.activeElement;
    let next = this.#body.firstElementChild;
    for (const row of this.#sorted()) {
      const key = this.#keyOf(row);
      gone.delete(key);
      const node = this.#rowOf(key);
      for (const [index, column] of this.#columns.entries()) fillCell(node.children[index], column, row);
      if (node === next) next = next.nextElementSibling;
      else this.#body.insertBefore(node, next);
    }
    for (const key of gone) {
      this.#byKey.get(key).remove();
      this.#byKey.delete(key);
    }
    // A row that was moved has lost the focus.
    if (focused !== document.activeElement && this.#body.contains(focused)) focused.focus();
    this.#empty.hidden = this.#rows.length > 0;
    this.node.firstElementChild.hidden = this.#rows.length === 0;
  }

  #rowOf(key) {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const cells = this.#columns.map(({ label, numeric, wide }) =>
      element('td', {
        role: 'cell',
        'data-label': label,
        class: [numeric && 'numeric', wide && 'wide'].filter(Boolean).join(' ') || null,
      }),
    );
    const row = element('tr', { role: 'row' }, ...cells);
    this.#byKey.set(key, row);
    return row;
  }
}

function fillCell(cell, column, row) {
  const text = column.show(row, cell);
  if (typeof text === 'string') setText(cell, text);
}

/** What is not known comes before all that is. */
function compare(one, other) {
  if (typeof one === 'string' && typeof other === 'string') return one.localeCompare(other);
  const [first, second] = [one ?? Number.NEGATIVE_INFINITY, other ?? Number.NEGATIVE_INFINITY];
  return first < second ? -1 : Number(first > second);
}
