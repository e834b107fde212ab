/**
 * Writes into a module what tells how it runs: a counter at the beginning of each block (functions, branches, loops,
 * cases, operands that may be left out), and a call in place of each comparison, by which the fuzzer learns what the code
 * would rather have seen. The program is the same otherwise.
 */
import { type ESTree, parseSync, Visitor } from 'rolldown/utils';
import { COVERAGE_GLOBAL } from './coverage-global.js';

const COUNTERS = '$blocks';
const COVERAGE = '$coverage';
/** Lengths of the texts that are offered as words of the language. */
const MIN_TEXT = 2;
const MAX_TEXT = 64;

/** Methods of Coverage by operator. Without `==` and `!=`, which compare with null here. */
const COMPARISONS: Readonly<Record<string, string>> = {
  '===': 'equal',
  '!==': 'unequal',
  '<': 'less',
  '<=': 'atMost',
  '>': 'more',
  '>=': 'atLeast',
};

interface Edit {
  readonly at: number;
  /** Octets that go. */
  readonly removed: number;
  readonly text: string;
}

/**
 * @param code JavaScript
 * @returns the same with counters
 * @throws SyntaxError when it cannot be parsed
 */
export function instrument(code: string): string {
  const { program, errors } = parseSync('module.js', code);
  if (errors[0] !== undefined) throw new SyntaxError(errors[0].message);
  const editor = new Editor();
  new Visitor(visitorOf(editor)).visit(program);
  return editor.apply(code);
}

class Editor {
  readonly #edits: Edit[] = [];
  readonly #texts = new Set<string>();
  #blocks = 0;

  text(text: string): void {
    if (text.length >= MIN_TEXT && text.length <= MAX_TEXT) this.#texts.add(text);
  }

  insert(at: number, text: string): void {
    this.#edits.push({ at, removed: 0, text });
  }

  replace(at: number, end: number, text: string): void {
    this.#edits.push({ at, removed: end - at, text });
  }

  /** Begins a block that may stand without braces. */
  enterStatement(node: ESTree.Node): void {
    if (node.type === 'BlockStatement') this.insert(node.start + 1, `${this.#count()};`);
    else this.insert(node.start, `{${this.#count()};`);
  }

  leaveStatement(node: ESTree.Node): void {
    if (node.type !== 'BlockStatement') this.insert(node.end, '}');
  }

  enterExpression(node: ESTree.Node): void {
    this.insert(node.start, `(${this.#count()},`);
  }

  leaveExpression(node: ESTree.Node): void {
    this.insert(node.end, ')');
  }

  /** A branch that the code leaves out. */
  missingElse(at: number): void {
    this.insert(at, ` else ${this.#count()};`);
  }

  count(at: number): void {
    this.insert(at, `${this.#count()};`);
  }

  apply(code: string): string {
    if (this.#blocks === 0) return code;
    const texts = JSON.stringify([...this.#texts]);
    let result =
      `const ${COVERAGE} = globalThis.${COVERAGE_GLOBAL};` +
      `const ${COUNTERS} = ${COVERAGE}.module(${this.#blocks}, ${texts});`;
    let position = 0;
    // Of edits at one place those of the outer node were made first where it begins, and last where it ends.
    for (const { at, removed, text } of this.#edits.toSorted((a, b) => a.at - b.at)) {
      result += code.slice(position, at) + text;
      position = at + removed;
    }
    return result + code.slice(position);
  }

  #count(): string {
    return `${COUNTERS}[${this.#blocks++}]++`;
  }
}

type Handlers = ConstructorParameters<typeof Visitor>[0];

function visitorOf(editor: Editor): Handlers {
  return {
    ...functionHandlers(editor),
    ...branchHandlers(editor),
    ...loopHandlers(editor),
    ...comparisonHandlers(editor),
  };
}

function functionHandlers(editor: Editor): Handlers {
  const enterBody = ({ body }: { readonly body: ESTree.Node | null }) => {
    if (body !== null) editor.enterStatement(body);
  };
  return {
    FunctionDeclaration: enterBody,
    FunctionExpression: enterBody,
    CatchClause: enterBody,
    ArrowFunctionExpression: ({ body }) => {
      if (body.type === 'BlockStatement') editor.enterStatement(body);
      else editor.enterExpression(body);
    },
    'ArrowFunctionExpression:exit': ({ body }) => {
      if (body.type !== 'BlockStatement') editor.leaveExpression(body);
    },
  };
}

function branchHandlers(editor: Editor): Handlers {
  return {
    IfStatement: ({ consequent, alternate }) => {
      editor.enterStatement(consequent);
      if (alternate !== null) editor.enterStatement(alternate);
    },
    'IfStatement:exit': ({ consequent, alternate, end }) => {
      editor.leaveStatement(consequent);
      if (alternate === null) editor.missingElse(end);
      else editor.leaveStatement(alternate);
    },
    ConditionalExpression: ({ consequent, alternate }) => {
      editor.enterExpression(consequent);
      editor.enterExpression(alternate);
    },
    'ConditionalExpression:exit': ({ consequent, alternate }) => {
      editor.leaveExpression(consequent);
      editor.leaveExpression(alternate);
    },
    LogicalExpression: ({ right }) => editor.enterExpression(right),
    'LogicalExpression:exit': ({ right }) => editor.leaveExpression(right),
    SwitchCase: ({ consequent: [first] }) => {
      if (first !== undefined) editor.count(first.start);
    },
  };
}

function loopHandlers(editor: Editor): Handlers {
  const enter = ({ body }: { readonly body: ESTree.Node }) => editor.enterStatement(body);
  const leave = ({ body }: { readonly body: ESTree.Node }) => editor.leaveStatement(body);
  return {
    ForStatement: enter,
    'ForStatement:exit': leave,
    ForInStatement: enter,
    'ForInStatement:exit': leave,
    ForOfStatement: enter,
    'ForOfStatement:exit': leave,
    WhileStatement: enter,
    'WhileStatement:exit': leave,
    DoWhileStatement: enter,
    'DoWhileStatement:exit': leave,
  };
}

function comparisonHandlers(editor: Editor): Handlers {
  return {
    BinaryExpression: (node) => {
      const method = methodOf(node);
      if (method !== null) editor.insert(node.start, `${COVERAGE}.${method}(`);
    },
    'BinaryExpression:exit': (node) => {
      if (methodOf(node) === null) return;
      editor.replace(node.left.end, node.right.start, ',');
      editor.insert(node.end, ')');
    },
    SwitchStatement: ({ discriminant }) => editor.insert(discriminant.start, `${COVERAGE}.select(`),
    'SwitchStatement:exit': ({ discriminant, cases }) => {
      const values = cases.flatMap(({ test }) => (test?.type === 'Literal' ? [test.raw] : []));
      editor.insert(discriminant.end, `,[${values.join(',')}])`);
    },
    Literal: ({ value }) => {
      if (typeof value === 'string') editor.text(value);
    },
    TemplateElement: ({ value }) => editor.text(value.raw),
  };
}

/** @returns the method of Coverage that stands for the comparison, or null where nothing is to be learnt from it */
function methodOf({ left, operator, right }: ESTree.BinaryExpression): string | null {
  const isTelling = (side: ESTree.Node) =>
    side.type !== 'UnaryExpression' && !(side.type === 'Identifier' && side.name === 'undefined');
  const isNull = (side: ESTree.Node) => side.type === 'Literal' && side.value === null;
  if (!isTelling(left) || !isTelling(right) || isNull(left) || isNull(right)) return null;
  return COMPARISONS[operator] ?? null;
}
