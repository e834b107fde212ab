/** Reads a daemon's description as its clients do, and holds what the daemon answers to it. */
import { Ajv2020 } from 'ajv/dist/2020.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** One HTTP response, as it came. */
export interface Answered {
  readonly status: number;
  readonly text: string;
}

const VERBS = ['get', 'post', 'put', 'patch', 'delete', 'options', 'head'];

export class DescribedApi {
  readonly #document: JsonObject;

  /** @param text of `GET /openapi.json` */
  constructor(text: string) {
    this.#document = objectOf(JSON.parse(text));
  }

  /** Every route as `GET /engines/:engineId`, sorted. */
  get routes(): readonly string[] {
    return [...this.#operations()]
      .map(([path, verb]) => `${verb.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`)
      .sort();
  }

  /** The methods of `POST /`, sorted. */
  get methods(): readonly string[] {
    return Object.values(objectOf(this.find('/components/schemas')))
      .map((schema) => objectOf(objectOf(objectOf(schema).properties ?? {}).method ?? {}).const)
      .filter((method) => typeof method === 'string')
      .sort();
  }

  /** The codes that errors of calls may have. */
  get errorCodes(): readonly unknown[] {
    const code = objectOf(this.find('/components/schemas/RpcFailure/properties/error/properties/code'));
    return listOf(code.oneOf).map((one) => objectOf(one).const);
  }

  /**
   * What is wrong with the document's form, by OpenAPI 3.1 and JSON Schema 2020-12.
   * @returns one line for each fault
   */
  formProblems(): readonly string[] {
    const { openapi, info } = this.#document;
    const problems: string[] = [];
    const expect = (isMet: boolean, problem: string) => void (isMet || problems.push(problem));
    expect(/^3\.1\.\d+$/.test(String(openapi)), 'openapi is no 3.1');
    for (const name of ['title', 'version']) {
      expect(typeof objectOf(info)[name] === 'string', `info.${name} is missing`);
    }
    const ids = new Set<unknown>();
    for (const [path, verb, operation] of this.#operations()) {
      const where = `${verb} ${path}`;
      expect(path.startsWith('/') && VERBS.includes(verb), `${where}: no path or verb`);
      expect(!ids.has(operation.operationId), `${where}: its operationId is there twice`);
      ids.add(operation.operationId);
      const parameters = listOf(operation.parameters ?? []).map(objectOf);
      const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
      expect(inPath.join() === (path.match(/\{\w+\}/g) ?? []).join(), `${where}: parameters of the path`);
      const keys = parameters.map((one) => `${one.in} ${one.name}`);
      expect(new Set(keys).size === keys.length, `${where}: a parameter is there twice`);
      const schemes = objectOf(this.find('/components/securitySchemes'));
      for (const name of listOf(operation.security).flatMap((one) => Object.keys(objectOf(one)))) {
        expect(Object.hasOwn(schemes, name), `${where}: no security scheme ${name}`);
      }
      const responses = Object.entries(objectOf(operation.responses));
      expect(responses.length > 0, `${where}: no responses`);
      for (const [status, response] of responses) {
        expect(/^[1-5]\d\d$/.test(status), `${where}: status ${status}`);
        expect(typeof objectOf(response).description === 'string', `${where}: ${status} is not described`);
      }
    }
    for (const pointer of this.#schemas()) this.#compile(pointer, false);
    return problems;
  }

  /**
   * @param pointer of a schema in the document, RFC 6901
   * @returns what of the value the schema does not describe: members that it does not name are faults as well
   */
  faultsOf(pointer: string, value: unknown): readonly string[] {
    const validate = this.#compile(pointer, true);
    return validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message, params }) =>
          [instancePath, message, JSON.stringify(params)].join(' '),
        );
  }

  /** @returns likewise, of a response; one with a status that is not described is a fault */
  faultsOfResponse(verb: string, path: string, { status, text }: Answered): readonly string[] {
    const pointer = `/paths/${tokenOf(path)}/${verb}/responses/${status}`;
    const response = this.find(pointer);
    if (response === undefined) return [`${verb} ${path} answers ${status}: ${text}`];
    return this.faultsOf(`${pointer}/content/${tokenOf('application/json')}/schema`, JSON.parse(text));
  }

  /** @returns what is at a place of the document, or undefined */
  find(pointer: string): unknown {
    return find(this.#document, pointer);
  }

  *#operations(): Iterable<readonly [path: string, verb: string, operation: JsonObject]> {
    for (const [path, item] of Object.entries(objectOf(this.#document.paths))) {
      for (const [verb, operation] of Object.entries(objectOf(item))) yield [path, verb, objectOf(operation)];
    }
  }

  /** Pointers of all schemas that stand on their own. */
  *#schemas(): Iterable<string> {
    for (const name of Object.keys(objectOf(this.find('/components/schemas')))) {
      yield `/components/schemas/${name}`;
    }
    for (const [path, verb, { parameters = [], responses, requestBody }] of this.#operations()) {
      const operation = `/paths/${tokenOf(path)}/${verb}`;
      for (const index of listOf(parameters).keys()) yield `${operation}/parameters/${index}/schema`;
      const bodies = Object.keys(objectOf(responses)).map((status) => `responses/${status}`);
      for (const body of requestBody === undefined ? bodies : [...bodies, 'requestBody']) {
        for (const type of Object.keys(objectOf(this.find(`${operation}/${body}/content`) ?? {}))) {
          const pointer = `${operation}/${body}/content/${tokenOf(type)}/schema`;
          if (this.find(pointer) !== undefined) yield pointer;
        }
      }
    }
  }

  /** @throws when it is no schema, or refers to what is not there */
  #compile(pointer: string, isClosed: boolean) {
    const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
    ajv.addVocabulary(['paths', 'components']);
    for (const format of ['date-time', 'uri']) ajv.addFormat(format, /./);
    const { paths, components } = objectOf(isClosed ? closed(this.#document) : this.#document);
    const $ref = `#${pointer.split('/').map(encodeURIComponent).join('/')}`;
    return ajv.compile({ $ref, paths, components });
  }
}

/** @returns the same with each schema of an object taking only the members that it names */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, closed(member)]);
  const copy = Object.fromEntries(entries);
  const isOpen = copy.type === 'object' && copy.additionalProperties === undefined;
  return isOpen ? { ...copy, additionalProperties: false } : copy;
}

function find(value: unknown, pointer: string): unknown {
  const tokens = pointer.split('/').slice(1);
  return tokens.reduce<unknown>((found, token) => {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof found === 'object' && found !== null
      ? Object.getOwnPropertyDescriptor(found, name)?.value
      : undefined;
  }, value);
}

/** @returns a token of a JSON pointer */
function tokenOf(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function objectOf(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`not an object: ${JSON.stringify(value)}`);
  }
  return Object.fromEntries(Object.entries(value));
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`not an array: ${JSON.stringify(value)}`);
  return value;
}
