import type { Defence } from '../defence.js';

export const MEDIA_FOLDER = 'packages/engine/src/media';

/**
 * A row of what strangers and participants send: all of them attack.
 * @param file in the folder of media
 */
export function row(
  promise: string,
  test: string,
  name: string,
  file: string,
  find: string,
  replace: string,
): Defence {
  return {
    document: 'SECURITY',
    promise,
    test,
    name,
    removal: { file: `${MEDIA_FOLDER}/${file}`, find, replace },
  };
}
