/** Typed access to the page's markup. What is missing there is a bug, and says so. */

/** @throws when the page has no such element */
export function byId<Type extends Element>(id: string, type: new () => Type): Type {
  return checked(document.getElementById(id), type, `#${id}`);
}

/** @throws when there is no such element in `parent` */
export function partOf<Type extends Element>(
  parent: ParentNode,
  selector: string,
  type: new () => Type,
): Type {
  return checked(parent.querySelector(selector), type, selector);
}

/** @returns a copy of what the template holds, which is one element */
export function fromTemplate(id: string): HTMLElement {
  const { content } = byId(id, HTMLTemplateElement);
  return checked(document.importNode(content, true).firstElementChild, HTMLElement, `#${id}`);
}

/** Shows one of the page's icons. */
export function showIcon(parent: ParentNode, name: string): void {
  partOf(parent, 'use', SVGUseElement).setAttribute('href', `#icon-${name}`);
}

function checked<Type extends Element>(found: Element | null, type: new () => Type, selector: string): Type {
  if (found instanceof type) return found;
  throw new Error(`the page has no ${type.name} ${selector}`);
}
