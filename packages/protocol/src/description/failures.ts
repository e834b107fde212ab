/** What a call is answered when it fails, in schemas. */
import { RPC_ERRORS, type RpcErrorBody } from '../errors.js';
import type { HttpFailure } from '../methods.js';
import { object, type SchemaOf, text } from './schema.js';

const ERRORS = Object.entries(RPC_ERRORS);

/** The `error` of a call that is answered with HTTP status 200: every code of the registry. */
export const RPC_ERROR_SCHEMA: SchemaOf<RpcErrorBody> = object<RpcErrorBody>({
  status: {
    type: 'integer',
    description: "202 for what is the caller's to mend, 500 for the server's.",
    enum: [...new Set(ERRORS.map(([, { status }]) => status))],
  },
  code: {
    type: 'integer',
    oneOf: ERRORS.map(([name, { code, meaning }]) => ({ const: code, title: name, description: meaning })),
  },
  description: text('What was wrong with this call, in words.'),
});

/** The body of every failure that is no RPC error. */
export const HTTP_FAILURE_SCHEMA: SchemaOf<HttpFailure> = object<HttpFailure>({
  error: text('What was wrong, in words.'),
});
