import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findDatagramEnd,
  findRecordEnd,
  isEncrypted,
  judgeRecord,
  lastEncryptedRecord,
  MAXIMUM_DATAGRAM_LENGTH,
  nextPlaintextSequenceNumber,
  type RecordPhase,
  writeFatalAlert,
} from './record.js';
import { buildRecord, type RecordFields } from './testing/records.js';

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const phases: readonly RecordPhase[] = ['before-client-hello', 'handshake', 'connected'];

function judge(phase: RecordPhase, fields: RecordFields) {
  const record = buildRecord(fields);
  return judgeRecord(record, 0, record.length, phase);
}

/** A ClientHello's handshake header, RFC 6347 section 4.2.2, and as many octets as `present`. */
function clientHello(
  length: number,
  fragmentOffset: number,
  fragmentLength: number,
  present = fragmentLength,
) {
  const body = Buffer.alloc(12 + present);
  body.writeUInt8(1, 0);
  body.writeUIntBE(length, 1, 3);
  body.writeUIntBE(fragmentOffset, 6, 3);
  body.writeUIntBE(fragmentLength, 9, 3);
  return body;
}

describe('findRecordEnd', () => {
  it('finds the end of each record of a datagram', () => {
    const first = buildRecord({ type: HANDSHAKE, epoch: 0, body: new Uint8Array(5) });
    const second = buildRecord({ type: HANDSHAKE, epoch: 0, body: new Uint8Array(300) });
    const datagram = new Uint8Array([9, 9, ...first, ...second, 9]);
    const end = datagram.length - 1;
    expect(findRecordEnd(datagram, 2, end)).toBe(2 + first.length);
    expect(findRecordEnd(datagram, 2 + first.length, end)).toBe(end);
  });

  it('finds none where the header or the body is cut off', () => {
    const record = buildRecord({ type: HANDSHAKE, epoch: 0, body: new Uint8Array(5) });
    for (let end = 0; end < record.length; end++) expect(findRecordEnd(record, 0, end)).toBe(-1);
  });
});

describe('judgeRecord', () => {
  it.each([0, 19, 24, 255])('drops content type %d in every phase', (type) => {
    for (const phase of phases) {
      expect(judge(phase, { type, epoch: 0, body: new Uint8Array(40) })).toBe('dtls-not-a-record');
    }
  });

  it.each([0x0303, 0x0100, 0xfefc, 0xfe00, 0])('drops version %d in every phase', (version) => {
    for (const phase of phases) {
      expect(judge(phase, { type: HANDSHAKE, epoch: 1, version, body: new Uint8Array(40) })).toBe(
        'dtls-not-a-record',
      );
    }
  });

  it('drops empty and oversized bodies', () => {
    for (const length of [0, 18_433, 65_535]) {
      expect(judge('handshake', { type: HANDSHAKE, epoch: 0, body: new Uint8Array(length) })).toBe(
        'dtls-not-a-record',
      );
    }
    expect(judge('handshake', { type: HANDSHAKE, epoch: 0, body: new Uint8Array(18_432) })).toBeNull();
  });

  it('takes a ClientHello under the record version of DTLS 1.0, which clients write for old servers', () => {
    const body = clientHello(100, 0, 100);
    expect(judge('before-client-hello', { type: HANDSHAKE, epoch: 0, version: 0xfeff, body })).toBeNull();
  });

  it('takes fragments of a ClientHello', () => {
    for (const body of [clientHello(1500, 0, 1000), clientHello(1500, 1000, 500)]) {
      expect(judge('before-client-hello', { type: HANDSHAKE, epoch: 0, body })).toBeNull();
    }
  });

  it('drops all else before the handshake', () => {
    const notClientHello = clientHello(100, 0, 100);
    notClientHello.writeUInt8(2, 0);
    const bodies = [
      notClientHello,
      clientHello(100, 1, 100),
      clientHello(100, 0, 100, 99),
      clientHello(100, 0, 100, 101),
      clientHello(16_385, 0, 100),
      Buffer.of(1),
    ];
    for (const body of bodies) {
      expect(judge('before-client-hello', { type: HANDSHAKE, epoch: 0, body })).toBe(
        'dtls-not-a-client-hello',
      );
    }
    for (const [type, epoch] of [
      [ALERT, 0],
      [CHANGE_CIPHER_SPEC, 0],
      [APPLICATION_DATA, 0],
      [HANDSHAKE, 1],
    ] as const) {
      expect(judge('before-client-hello', { type, epoch, body: clientHello(100, 0, 100) })).toBe(
        'dtls-not-a-client-hello',
      );
    }
  });

  it('drops encrypted records that have no room for nonce and tag', () => {
    for (const phase of ['handshake', 'connected'] as const) {
      for (let length = 1; length < 24; length++) {
        const body = new Uint8Array(length);
        expect(judge(phase, { type: ALERT, epoch: 1, body })).toBe('dtls-short-ciphertext');
      }
      expect(judge(phase, { type: ALERT, epoch: 1, body: new Uint8Array(24) })).toBeNull();
    }
  });

  it('drops plaintext after the handshake, and epochs that do not come', () => {
    const body = new Uint8Array(60);
    expect(judge('handshake', { type: HANDSHAKE, epoch: 0, body })).toBeNull();
    expect(judge('connected', { type: HANDSHAKE, epoch: 0, body })).toBe('dtls-wrong-epoch');
    expect(judge('connected', { type: ALERT, epoch: 2, body })).toBe('dtls-wrong-epoch');
    expect(judge('handshake', { type: ALERT, epoch: 0x0100, body })).toBe('dtls-wrong-epoch');
  });

  it('drops application data', () => {
    for (const phase of ['handshake', 'connected'] as const) {
      expect(judge(phase, { type: APPLICATION_DATA, epoch: 1, body: new Uint8Array(60) })).toBe(
        'dtls-application-data',
      );
    }
  });

  it('neither throws nor looks behind the end, whatever the bytes are', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(...phases),
        (bytes, behind, phase) => {
          const end = findRecordEnd(bytes, 0, bytes.length);
          const longer = new Uint8Array([...bytes, ...behind]);
          expect(findRecordEnd(longer, 0, bytes.length)).toBe(end);
          if (end < 0) return;
          expect(judgeRecord(longer, 0, end, phase)).toBe(judgeRecord(bytes.slice(0, end), 0, end, phase));
        },
      ),
    );
  });
});

describe('findDatagramEnd', () => {
  it('puts as many records into a datagram as fit, in order, and never cuts one', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: MAXIMUM_DATAGRAM_LENGTH - 13 }), { maxLength: 30 });
    fc.assert(
      fc.property(lengths, (bodies) => {
        const records = bodies.map((length) =>
          buildRecord({ type: HANDSHAKE, epoch: 0, body: new Uint8Array(length) }),
        );
        const bytes = new Uint8Array(Buffer.concat(records));
        const borders = new Set<number>();
        let border = 0;
        for (const record of records) {
          border += record.length;
          borders.add(border);
        }
        for (let start = 0; start < bytes.length; ) {
          const end = findDatagramEnd(bytes, start, bytes.length);
          expect(end).toBeGreaterThan(start);
          expect(end - start).toBeLessThanOrEqual(MAXIMUM_DATAGRAM_LENGTH);
          expect(borders.has(end)).toBe(true);
          const next = findRecordEnd(bytes, end, bytes.length);
          if (next > 0) expect(next - start).toBeGreaterThan(MAXIMUM_DATAGRAM_LENGTH);
          start = end;
        }
      }),
    );
  });
});

describe('writeFatalAlert', () => {
  it('writes a plaintext record with a sequence number of 48 bits', () => {
    expect(Buffer.from(writeFatalAlert(42, 0x123456789abc)).toString('hex')).toBe(
      '15fefd0000123456789abc0002022a',
    );
  });
});

describe('nextPlaintextSequenceNumber', () => {
  it('follows the highest of the plaintext records', () => {
    const body = new Uint8Array(3);
    const records = [
      { type: HANDSHAKE, epoch: 0, sequenceNumber: 0x100000007, body },
      { type: HANDSHAKE, epoch: 0, sequenceNumber: 3, body },
      { type: HANDSHAKE, epoch: 1, sequenceNumber: 0x200000000, body },
    ].map(buildRecord);
    expect(nextPlaintextSequenceNumber(new Uint8Array(Buffer.concat(records)), 5)).toBe(0x100000008);
    expect(nextPlaintextSequenceNumber(new Uint8Array(0), 5)).toBe(5);
  });
});

describe('lastEncryptedRecord', () => {
  it('finds it behind and before plaintext, and none where there is none', () => {
    const plain = buildRecord({ type: HANDSHAKE, epoch: 0, sequenceNumber: 3, body: new Uint8Array(3) });
    const first = buildRecord({ type: HANDSHAKE, epoch: 1, sequenceNumber: 0, body: new Uint8Array(40) });
    const second = buildRecord({ type: HANDSHAKE, epoch: 1, sequenceNumber: 1, body: new Uint8Array(41) });
    const bytes = new Uint8Array(Buffer.concat([plain, first, plain, second, plain]));
    expect(lastEncryptedRecord(bytes)).toEqual(second);
    expect(lastEncryptedRecord(plain)).toBeNull();
    expect(lastEncryptedRecord(new Uint8Array(0))).toBeNull();
    expect(isEncrypted(bytes, 0)).toBe(false);
    expect(isEncrypted(bytes, plain.length)).toBe(true);
  });
});
