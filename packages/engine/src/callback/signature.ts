/** By which an application knows that a callback is its engine's, and when it was made. */
import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'Kraken-Signature';

/**
 * @param secret shared with the application
 * @param body that is posted, octet by octet
 * @param time in whole seconds since 1970: what the application has seen before or finds too old is a repetition
 * @returns the header's value: `t=<time>,v1=<HMAC-SHA256 of "<time>.<body>" in hexadecimal>`
 */
export function signatureOf(secret: string, body: string, time: number): string {
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}
