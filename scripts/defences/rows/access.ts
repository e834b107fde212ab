/** Who may call what: tokens, permissions, TLS. */
import type { Defence } from '../defence.js';
import { TLS } from './tls.js';
import { TOKENS } from './tokens.js';

const PERMISSIONS_TEST = 'packages/engine/src/media/permissions.test.ts';
const OPERATOR_TEST = 'packages/engine/src/room/operator.test.ts';

const PERMISSIONS: readonly Defence[] = [
  {
    document: 'SECURITY',
    promise:
      'Who may not publish is heard by nobody, whatever it sends, and nobody is told that it has begun to',
    test: PERMISSIONS_TEST,
    name: 'is heard by nobody, counts as nobody who has begun, and is heard with the next packet once it may',
    removal: {
      file: 'packages/engine/src/media/rtp-path.ts',
      find: 'if (!transport.permissions.publish) return this.#passOver(transport, now);',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise:
      'Whose right to publish is taken away is not heard from that moment on, though it goes on sending',
    test: PERMISSIONS_TEST,
    name: 'from some moment on is not heard from then on, on no worker, though it goes on sending',
    removal: {
      file: 'packages/engine/src/media/datapath.ts',
      find: 'transport.permissions = permissions;',
      replace: 'permissions = { ...permissions, publish: true };',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Who may not subscribe is forwarded nothing, whatever is routed to it',
    test: PERMISSIONS_TEST,
    name: 'is forwarded nothing, whatever is routed to it, and hears with the next packet once it may',
    removal: {
      file: 'packages/engine/src/media/forward/forwarded-stream.ts',
      find: 'subscriber.lane !== null && subscriber.permissions.subscribe',
      replace: 'subscriber.lane !== null',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Whose right to subscribe is taken away hears nothing from that moment on',
    test: PERMISSIONS_TEST,
    name: 'from some moment on hears nothing from then on, and without a gap in the numbers when it may again',
    removal: {
      file: 'packages/engine/src/media/datapath.ts',
      find: 'else this.#subscriptions.withholdAllOf(transport);',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Who may subscribe again is not told what was said meanwhile by copies in redundancy (RED)',
    test: PERMISSIONS_TEST,
    name: 'is not told later what was said meanwhile, by the copies of redundancy',
    removal: {
      file: 'packages/engine/src/media/forward/forwarded-stream.ts',
      find: 'if (subscription.isRedundant) this.redundant?.forgetCopies();',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'What was decided of a participant holds when it comes again, whatever its token says',
    test: OPERATOR_TEST,
    name: 'what was decided goes before what the uid comes with the next time, until the room is over',
    removal: {
      file: 'packages/engine/src/room/room.ts',
      find: '{ ...permissions, ...this.#permitted.get(uid) }',
      replace: 'permissions',
    },
  },
  {
    document: 'SECURITY',
    promise: 'With `[auth]` the dashboard is for who shows its token, and for nobody else of this machine',
    test: 'packages/engine/src/admin/access.test.ts',
    name: 'where access tokens are demanded, nobody is let in without a token of the operator, nor this machine',
    removal: {
      file: 'packages/engine/src/admin/access.ts',
      find: 'if (!this.#trustsThisMachine) return NO_ACCESS;',
      replace: '',
    },
  },
  {
    document: 'SECURITY',
    promise: 'Only who administers the room may permit, silence and remove',
    test: 'packages/edge/src/auth/authorization.test.ts',
    name: '%s is for administrators of the room, whoever it is about',
    removal: {
      file: 'packages/edge/src/auth/authorization.ts',
      find: "(demand === 'administrator' || demand === 'moderator')",
      replace: "demand === 'administrator'",
    },
  },
  {
    document: 'SECURITY',
    promise: 'An access token that a link brings leaves the address of the page before anything else is done',
    test: 'packages/web/src/page/access-token.test.ts',
    name: 'a token that the address brings leaves it, and is kept for the tab',
    removal: {
      file: 'packages/web/src/page/access-token.ts',
      find: "history.replaceState(null, '', withoutFragment(location.href));",
      replace: '',
    },
  },
];

export const ACCESS: readonly Defence[] = [...TOKENS, ...PERMISSIONS, ...TLS];
