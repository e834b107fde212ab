import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identifierProblem, MAX_IDENTIFIER_BYTES, userIdentifierProblem } from './identifier.js';

describe('ids of rooms and users', () => {
  test.each([
    ['a UUID', '0b7a5f6e-8a1d-4c86-9f6c-8f2ad1a9e1f2'],
    ['canonical query escapes', 'room+one%21%27%28%29%2A~-_.'],
    ["encodeURIComponent's output, which is not canonical", "it's(a)room!*%20x"],
    ['raw characters that canonical form would escape', 'a:b/c?d=e&f'],
    ['JSON in base64', 'eyJ1IjoxfQ=='],
    ['escapes of bytes that are not UTF-8', '%FF%fe'],
    ['characters beyond ASCII', 'Zimmer-Ä-部屋-🐙'],
    ['exactly 256 bytes', 'ä'.repeat(MAX_IDENTIFIER_BYTES / 2)],
  ])('%s is taken', (_name, id) => {
    expect(identifierProblem(id)).toBeNull();
  });

  test.each([
    ['an empty id', '', 'is empty'],
    ['257 bytes', 'x'.repeat(MAX_IDENTIFIER_BYTES + 1), 'longer than 256 bytes'],
    ['257 bytes in fewer characters', `${'ä'.repeat(128)}x`, 'longer than 256 bytes'],
    ['a line feed, which would end an SDP line', 'a\r\na=ice-lite', 'control'],
    ['a space', 'a b', 'white space'],
    ['a no-break space', 'a\u00a0b', 'white space'],
    ['a line separator', 'a\u2028b', 'white space'],
    ['NUL', 'a\u0000b', 'control'],
    ['DEL', 'a\u007fb', 'control'],
    ['a C1 control', 'a\u0085b', 'control'],
    ['a lone surrogate', 'a\ud800b', 'Unicode'],
    ['a broken escape', '100%', 'hexadecimal'],
    ['an escape with one digit', '%2', 'hexadecimal'],
    ['an escape with other letters', '%zz', 'hexadecimal'],
  ])('%s is refused', (_name, id, problem) => {
    expect(identifierProblem(id)).toContain(problem);
  });

  test('whatever encodeURIComponent makes of a text is taken, up to the length limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (text) => {
        const id = encodeURIComponent(text);
        expect(identifierProblem(id)).toBe(
          id.length > MAX_IDENTIFIER_BYTES ? 'is longer than 256 bytes' : null,
        );
      }),
    );
  });

  test('an id that is taken never breaks a line of SDP', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        if (identifierProblem(id) === null) expect(`a=msid:${id} cid`.split(/\s/)).toHaveLength(2);
      }),
    );
  });
});

describe('ids of users, which go into SDP', () => {
  test('visible ASCII is taken, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 300 }), (text) => {
        expect(userIdentifierProblem(text)).toBe(identifierProblem(text));
      }),
    );
  });

  test.each(['Ä', '部屋', '🐙', 'a\u200bb'])('%j, which Firefox refuses in SDP, is refused', (uid) => {
    expect(identifierProblem(uid)).toBeNull();
    expect(userIdentifierProblem(uid)).toContain('beyond ASCII');
    expect(userIdentifierProblem(encodeURIComponent(uid))).toBeNull();
  });
});
