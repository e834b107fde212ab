/** Frames of the stack that tell one crash from another. */
const FRAMES = 2;

/**
 * @param error whatever was thrown
 * @returns one line that is the same for two inputs which show the same fault
 */
export function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return `${typeof error} ${String(error)}`;
  const message = error.message.split('\n')[0] ?? '';
  const general = message.replaceAll(/["'`].*["'`]/g, '…').replaceAll(/\d+/g, '#');
  const frames = (error.stack ?? '').matchAll(/^ +at (?:async )?(?:new )?([\w$.#<>]+) /gm);
  const names = [...frames].map(([, name]) => name).slice(0, FRAMES);
  return [`${error.name}: ${general}`, ...names].join(' < ');
}
