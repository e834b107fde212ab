/** What participants of the simulation send: who it is, and which of its packets that is. */

/** Before its contents each packet has the first octet of an Opus packet. */
const SERIAL_OFFSET = 1;
const NUMBER_OFFSET = 5;
const OPUS_OCTET = 0x78;
const PAYLOAD_LENGTH = 24;

/** Of one packet. */
export interface PayloadContents {
  /** Of the session that sends it. */
  readonly serial: number;
  /** Which of its packets it is. */
  readonly n: number;
}

export function writePayload({ serial, n }: PayloadContents): Buffer {
  const payload = Buffer.allocUnsafe(PAYLOAD_LENGTH).fill(OPUS_OCTET);
  payload.writeUInt32BE(serial, SERIAL_OFFSET);
  payload.writeUInt32BE(n, NUMBER_OFFSET);
  return payload;
}

/** @returns null for what no participant has written */
export function readPayload(payload: Buffer): PayloadContents | null {
  if (payload.length !== PAYLOAD_LENGTH || payload[0] !== OPUS_OCTET) return null;
  return { serial: payload.readUInt32BE(SERIAL_OFFSET), n: payload.readUInt32BE(NUMBER_OFFSET) };
}
