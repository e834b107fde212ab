/** Inputs as lines of text, so that a version control system can show what has changed. */

/** White space of texts, and what can be seen of ASCII. */
const PLAIN = /^[\t\r\n\x20-\x7e]+$/;

/** @returns one line without its end: a JSON text where the input is plain text, else hexadecimal digits */
export function writeFixture(input: Uint8Array): string {
  const text = Buffer.from(input).toString('latin1');
  return PLAIN.test(text) ? JSON.stringify(text) : Buffer.from(input).toString('hex');
}

/** @throws Error for what writeFixture does not write */
export function readFixture(line: string): Uint8Array {
  if (line.startsWith('"')) {
    const text: unknown = JSON.parse(line);
    if (typeof text === 'string') return Buffer.from(text, 'latin1');
  }
  const input = Buffer.from(line, 'hex');
  if (input.length * 2 !== line.length)
    throw new Error(`neither a text nor hexadecimal: ${line.slice(0, 40)}`);
  return input;
}
