/** How tiles fill the room that there is for them. Lengths are CSS pixels. */
export interface GridShape {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
}

export const GAP = 12;
/** Below these a tile shows nothing useful: the grid scrolls instead. */
const WIDTH_MIN = 92;
const HEIGHT_MIN = 104;
/** Above these it is only large. */
const WIDTH_MAX = 384;
const HEIGHT_MAX = 320;
/** Of a tile that looks well; who has less height than that is as small as a narrower one. */
const ASPECT = 1.2;

/**
 * @param count of tiles
 * @param width of the space
 * @param height of the space; more is needed when not all tiles fit at their least height
 * @returns the shape in which tiles are largest
 */
export function gridShape(count: number, width: number, height: number): GridShape {
  const columnsMax = Math.max(1, Math.floor((width + GAP) / (WIDTH_MIN + GAP)));
  let best = shapeOf(count, Math.min(count, columnsMax), width, height);
  for (let columns = Math.min(count, columnsMax) - 1; columns >= 1; columns -= 1) {
    const shape = shapeOf(count, columns, width, height);
    if (isFitting(shape, count, height) && sizeOf(shape) > sizeOf(best)) best = shape;
  }
  return best;
}

function shapeOf(count: number, columns: number, width: number, height: number): GridShape {
  const rows = Math.ceil(count / columns);
  const share = (length: number, parts: number): number => Math.floor((length - GAP * (parts - 1)) / parts);
  return {
    columns,
    width: Math.min(WIDTH_MAX, share(width, columns)),
    height: Math.min(HEIGHT_MAX, Math.max(HEIGHT_MIN, share(height, rows))),
  };
}

function isFitting(shape: GridShape, count: number, height: number): boolean {
  const rows = Math.ceil(count / shape.columns);
  return rows * (shape.height + GAP) - GAP <= height;
}

function sizeOf({ width, height }: GridShape): number {
  return Math.min(width, height * ASPECT);
}
