/**
 * JSON Schema (2020-12) for a type of ours: each schema names the type that it describes, so that one which leaves a member
 * out, has one too many or gives it another type does not compile.
 */

/** As JSON Schema has it, keyword by keyword. */
export type JsonSchema = Readonly<Record<string, unknown>>;

declare const DESCRIBED: unique symbol;

/** Of values of type T, neither more nor less. Nothing is there of the symbol when the program runs. */
export type SchemaOf<T> = JsonSchema & { readonly [DESCRIBED]?: (value: T) => T };

/** Each member that an object always has, with its schema. */
export type MemberSchemas<T> = { readonly [Name in keyof T]-?: SchemaOf<Required<T>[Name]> };

/** @param members all are required; further ones may come with later versions */
export function object<T extends object>(members: MemberSchemas<T>, description?: string): SchemaOf<T> {
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties: members,
    required: Object.keys(members),
  };
}

/** @param optional names of the members that may be missing */
export function partialObject<T extends object>(
  members: MemberSchemas<T>,
  optional: readonly (keyof T & string)[],
): SchemaOf<T> {
  const isRequired = (name: string) => !optional.some((one) => one === name);
  return { type: 'object', properties: members, required: Object.keys(members).filter(isRequired) };
}

/** `{}`. */
export const emptyObject: SchemaOf<Readonly<Record<string, never>>> = {
  type: 'object',
  additionalProperties: false,
};

/** An object whose members' names are not known beforehand. */
export function record<T>(value: SchemaOf<T>, description: string): SchemaOf<Readonly<Record<string, T>>> {
  return { type: 'object', description, additionalProperties: value };
}

export function array<T>(items: SchemaOf<T>, description?: string): SchemaOf<readonly T[]> {
  return { type: 'array', ...(description === undefined ? {} : { description }), items };
}

/** @param keywords further ones of JSON Schema */
export function text(description: string, keywords: JsonSchema = {}): SchemaOf<string> {
  return { type: 'string', description, ...keywords };
}

/** @param keywords further ones of JSON Schema */
export function number(description: string, keywords: JsonSchema = {}): SchemaOf<number> {
  return { type: 'number', description, ...keywords };
}

/** A whole number, 0 or more. */
export function count(description: string): SchemaOf<number> {
  return { type: 'integer', minimum: 0, description };
}

/** 0 to 1. */
export function share(description: string): SchemaOf<number> {
  return number(description, { minimum: 0, maximum: 1 });
}

export function flag(description: string): SchemaOf<boolean> {
  return { type: 'boolean', description };
}

/** One of some texts; with one alone, that text. */
export function choice<const T extends string>(values: readonly T[], description?: string): SchemaOf<T> {
  return {
    type: 'string',
    ...(description === undefined ? {} : { description }),
    enum: values,
  };
}

export function nullable<T>(schema: SchemaOf<T>, description?: string): SchemaOf<T | null> {
  return {
    ...(description === undefined ? {} : { description }),
    anyOf: [schema, { type: 'null' }],
  };
}

/** One of two kinds, which no value is both of. */
export function either<T, U>(one: SchemaOf<T>, other: SchemaOf<U>): SchemaOf<T | U> {
  return { oneOf: [one, other] };
}
