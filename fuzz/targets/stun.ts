import { parseStunMessage, readLocalUfrag, StunMessage } from '../../packages/engine/src/media/ice/index.js';
import { ABSENT, MAX_UNKNOWN_ATTRIBUTES } from '../../packages/engine/src/media/ice/stun-message.js';
import * as checks from '../../packages/engine/src/media/ice/testing/connectivity-checks.js';
import { type FuzzTarget, promise } from '../target.js';

/** Octets before and behind the message, which are another packet's. */
const MARGIN = 8;
const PASSWORD = 'a password of the engine';

/** The parser of STUN messages: what it finds lies within the message. */
export const stun: FuzzTarget = {
  name: 'stun',
  maxLength: 400,
  seeds: () => [
    checks.buildMessage({
      attributes: [
        checks.username('local:remote'),
        checks.controlling,
        checks.priority(0x6e7f00ff),
        checks.useCandidate,
      ],
      password: PASSWORD,
    }),
    checks.buildMessage({ attributes: [checks.username('a:b'), checks.controlled], password: PASSWORD }),
    checks.buildMessage({ attributes: [], password: null }),
    // USERNAME says that it is longer than the message.
    Buffer.from('000100082112a442000000000000000000000000000600106162633a', 'hex'),
  ],
  prepare: () => {
    const message = new StunMessage();
    return (input) => {
      const bytes = new Uint8Array(input.length + 2 * MARGIN).fill(0xa5);
      bytes.set(input, MARGIN);
      const before = Uint8Array.from(bytes);
      if (parseStunMessage(bytes, MARGIN, input.length, message) === null) {
        checkMessage(message, input.length);
        const ufrag = readLocalUfrag(message, bytes);
        promise(
          ufrag === null || (ufrag.length > 0 && ufrag.length <= 256),
          'a ufrag has 1 to 256 characters',
        );
      }
      promise(Buffer.compare(before, bytes) === 0, 'parsing changes nothing');
    };
  },
};

function checkMessage(message: StunMessage, length: number): void {
  const end = MARGIN + length;
  const isWithin = (offset: number, size: number) =>
    offset === ABSENT || (offset >= MARGIN + 20 && offset + size <= end);
  promise(isWithin(message.usernameOffset, message.usernameLength), 'USERNAME lies within');
  promise(isWithin(message.integrityOffset, 24), 'MESSAGE-INTEGRITY lies within');
  promise(isWithin(message.controllingOffset, 8), 'ICE-CONTROLLING lies within');
  promise(isWithin(message.controlledOffset, 8), 'ICE-CONTROLLED lies within');
  promise(message.unknownCount <= MAX_UNKNOWN_ATTRIBUTES, 'unknown attributes are bounded');
  promise(message.priority >= ABSENT && message.priority < 2 ** 32, 'PRIORITY has 32 bits');
  promise(message.method <= 0xfff && message.messageClass <= 3, 'type has 14 bits');
}
