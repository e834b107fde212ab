import { Readable } from 'node:stream';
import { EnvelopeError, parseEnvelope } from '@kraken/edge/http/call-envelope';
import { LargeBody } from '@kraken/edge/http/large-body';
import { type FuzzTarget, promise } from '../target.js';

/** Bodies that name a member twice mean what they say last, which their beginning cannot tell. */
const NAMES = [/"method"/g, /"params"/g, /"id"/g];

/** Beginnings of bodies that monitors pass on while they come: a call is sent to the room that its body names. */
export const callBeginning: FuzzTarget = {
  name: 'call-beginning',
  maxLength: 600,
  seeds: () =>
    [
      '{"id":"1","method":"publish","params":["room","alice","{}"]}',
      ' {"method" : "trickle" , "params":["caf\\u00e9",1]}',
      '{"id":7,"method":"list","params":["r",',
      '{"id":"é","method":"list","params":["ü","x"]}',
    ].map((text) => Buffer.from(text)),
  prepare: () => async (input) => {
    const bytes = Buffer.from(input);
    const body = new LargeBody(Readable.from([bytes.subarray(0, 9), bytes.subarray(9)]), bytes.length);
    const beginning = await body.beginning();
    const text = bytes.toString();
    promise((await body.text()) === text, 'nothing of the body is lost');
    if (
      beginning === null ||
      text.includes('\\u') ||
      NAMES.some((name) => (text.match(name) ?? []).length > 1)
    )
      return;
    const call = readCall(text);
    if (call === null) return;
    promise(call.method === beginning.method, 'the method is that of the body');
    promise(call.params[0] === beginning.rid, 'the room is that of the body');
    promise(call.id === beginning.id, 'the id is that of the body');
  },
};

function readCall(text: string) {
  try {
    return parseEnvelope(text);
  } catch (error) {
    if (error instanceof EnvelopeError) return null;
    throw error;
  }
}
