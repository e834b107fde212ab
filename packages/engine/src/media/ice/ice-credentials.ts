/**
 * The ICE alphabet, RFC 8839 section 5.4. It has 64 characters, so six bits of a random byte choose one of them
 * without bias.
 */
const ICE_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** 48 bits: RFC 8445 section 5.3 asks for 24; more, since agents of one worker are found by it. */
const UFRAG_LENGTH = 8;
/** 144 bits: RFC 8445 section 5.3 asks for 128. */
const PASSWORD_LENGTH = 24;

/**
 * @param random gives that many bytes that nobody can foretell
 * @returns username fragment and password of one agent, good until the next ICE restart
 */
export function generateIceCredentials(random: (count: number) => Uint8Array): {
  readonly ufrag: string;
  readonly password: string;
} {
  return { ufrag: randomText(random(UFRAG_LENGTH)), password: randomText(random(PASSWORD_LENGTH)) };
}

function randomText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += ICE_CHARACTERS.charAt(byte & 63);
  return text;
}
