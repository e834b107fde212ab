import {
  closeRoom,
  fetchRoom,
  permitParticipant,
  RefusedError,
  removeParticipant,
  silenceParticipant,
} from './api.js';
import { qualityColumn, showChips, showName, stateOf, worst } from './cells.js';
import { confirm } from './confirm.js';
import { element, setText } from './dom.js';
import { bits, nameOf, plainId, plural, roughDuration } from './format.js';
import { toast } from './notices.js';
import { Table } from './table.js';

const NOT_FOUND = 404;

const link = (direction, kind, label, spoken, title) =>
  qualityColumn({
    key: `${direction}-${kind}`,
    label,
    spoken,
    title,
    kind,
    of: (participant) => participant[direction][kind],
  });

/** One room, and what the operator can do about it. */
export class RoomView {
  #rid;
  #marked;
  #table;
  #summary = element('p', { class: 'soft', role: 'status' });
  #close = element('button', { type: 'button', class: 'button danger compact' }, 'Close room');

  /** @param marked uid of a participant to point out, or null */
  constructor(main, rid, marked) {
    this.#rid = rid;
    this.#marked = marked;
    this.title = plainId(rid);
    this.#table = this.#makeTable();
    this.#close.addEventListener('click', () => void this.#closeRoom());
    main.replaceChildren(
      element('a', { class: 'back', href: '#/rooms' }, '← All rooms'),
      element(
        'div',
        { class: 'section-head' },
        element('div', {}, element('h1', { class: 'room-name' }, this.title), this.#summary),
        this.#close,
      ),
      element('section', { class: 'card block' }, this.#table.node),
    );
  }

  async refresh() {
    const room = await this.#fetch();
    const participants = room?.participants ?? [];
    const isOver = participants.length === 0;
    const speaking = participants.filter((participant) => participant.speaking).length;
    setText(
      this.#summary,
      isOver
        ? 'Nobody is here any more.'
        : `${plural(participants.length, 'participant')} · ${speaking} speaking`,
    );
    this.#close.hidden = isOver;
    this.#table.update(participants);
    this.#pointOut();
    return null;
  }

  async #fetch() {
    try {
      return await fetchRoom(this.#rid);
    } catch (error) {
      if (error instanceof RefusedError && error.status === NOT_FOUND) return null;
      throw error;
    }
  }

  #pointOut() {
    const row = this.#marked === null ? null : this.#table.node.querySelector('tr.marked');
    if (row === null) return;
    row.scrollIntoView({ block: 'center' });
    this.#marked = null;
  }

  #makeTable() {
    return new Table({
      label: 'Participants',
      empty: 'Nobody is here.',
      keyOf: ({ uid }) => uid,
      sort: { key: 'participant', descending: false },
      columns: [
        {
          key: 'participant',
          label: 'Participant',
          wide: true,
          value: nameOf,
          show: (participant, cell) => {
            if (participant.uid === this.#marked) cell.parentNode.classList.add('marked');
            showName(cell, participant);
          },
        },
        {
          key: 'state',
          label: 'State',
          wide: true,
          value: (participant) => stateOf(participant).join(),
          show: (participant, cell) => showChips(cell, stateOf(participant)),
        },
        link('uplink', 'loss', 'Loss ↑', 'Uplink loss', 'Of what it sends, on the way to the engine'),
        link('downlink', 'loss', 'Loss ↓', 'Downlink loss', 'Of what it is sent, as it reports'),
        link('uplink', 'jitter', 'Jitter ↑', 'Uplink jitter', 'Of what it sends, in milliseconds'),
        link('downlink', 'jitter', 'Jitter ↓', 'Downlink jitter', 'Of what it is sent, as it reports'),
        {
          key: 'up',
          label: 'Rate ↑',
          spoken: 'Bit rate that it sends',
          numeric: true,
          value: ({ bitsUp }) => bitsUp,
          show: ({ bitsUp }) => bits(bitsUp),
        },
        {
          key: 'down',
          label: 'Rate ↓',
          spoken: 'Bit rate that it is sent',
          numeric: true,
          value: ({ bitsDown }) => bitsDown,
          show: ({ bitsDown }) => bits(bitsDown),
        },
        qualityColumn({
          key: 'roundTrip',
          label: 'RTT',
          spoken: 'Round trip',
          title: 'To the participant and back',
          kind: 'roundTrip',
          of: ({ uplink, downlink }) => worst(uplink.roundTrip, downlink.roundTrip),
        }),
        {
          key: 'worker',
          label: 'Worker',
          numeric: true,
          value: ({ worker }) => worker,
          show: ({ worker }) => String(worker),
        },
        {
          key: 'since',
          label: 'Here for',
          numeric: true,
          value: ({ joinedAt }) => -joinedAt,
          show: ({ joinedAt }) => roughDuration((Date.now() - joinedAt) / 1000),
        },
        { key: 'actions', label: 'Actions', wide: true, show: (row, cell) => this.#showActions(row, cell) },
      ],
    });
  }

  #showActions(participant, cell) {
    const { silenced, permissions } = participant;
    const name = nameOf(participant);
    if (cell.firstElementChild === null) {
      const mute = element('button', { type: 'button', class: 'button compact' });
      mute.addEventListener('click', () => void this.#silence(participant, mute.dataset.silenced !== 'true'));
      const permit = element('button', { type: 'button', class: 'button compact' });
      permit.addEventListener(
        'click',
        () => void this.#permit(participant, permit.dataset.permitted !== 'true'),
      );
      const remove = element('button', { type: 'button', class: 'button compact danger-quiet' }, 'Remove');
      remove.addEventListener('click', () => void this.#remove(participant));
      remove.setAttribute('aria-label', `Remove ${name}`);
      cell.append(element('span', { class: 'actions' }, mute, permit, remove));
    }
    const [mute, permit] = cell.firstElementChild.children;
    mute.dataset.silenced = String(silenced);
    setText(mute, silenced ? 'Unmute' : 'Mute');
    mute.setAttribute('aria-label', `${silenced ? 'Unmute' : 'Mute'} ${name}`);
    permit.dataset.permitted = String(permissions.publish);
    const label = permissions.publish ? 'Listen only' : 'Let speak';
    setText(permit, label);
    permit.setAttribute('aria-label', `${label}: ${name}`);
  }

  async #permit(participant, publish) {
    const name = nameOf(participant);
    const question = {
      title: `Have ${name} only listen?`,
      text: 'Nobody in the room hears them any more, also when they come again, until you let them speak.',
      action: 'Listen only',
    };
    if (!publish && !(await confirm(question))) return;
    await this.#carryOut(
      () => permitParticipant(this.#rid, participant.uid, { publish }),
      publish ? `${name} may speak.` : `${name} only listens.`,
    );
  }

  async #silence(participant, silenced) {
    const name = nameOf(participant);
    const question = {
      title: `Mute ${name}?`,
      text: 'Nobody in the room hears them any more, until you unmute them.',
      action: 'Mute',
    };
    if (silenced && !(await confirm(question))) return;
    await this.#carryOut(
      () => silenceParticipant(this.#rid, participant.uid, silenced),
      silenced ? `${name} is muted for everybody.` : `${name} is heard again.`,
    );
  }

  async #remove(participant) {
    const name = nameOf(participant);
    const question = {
      title: `Remove ${name}?`,
      text: 'They are taken out of the room and kept out for a minute.',
      action: 'Remove',
    };
    if (!(await confirm(question))) return;
    await this.#carryOut(() => removeParticipant(this.#rid, participant.uid), `${name} was removed.`);
  }

  async #closeRoom() {
    const question = {
      title: `Close ${this.title}?`,
      text: 'Everybody is taken out, and nobody gets in for a minute.',
      action: 'Close room',
    };
    if (!(await confirm(question))) return;
    await this.#carryOut(() => closeRoom(this.#rid), `${this.title} was closed.`);
  }

  async #carryOut(act, done) {
    try {
      await act();
      toast(done);
      await this.refresh();
    } catch (error) {
      toast(
        error instanceof RefusedError
          ? `Not done: ${error.message}.`
          : 'Not done: the engine does not answer.',
      );
    }
  }
}
