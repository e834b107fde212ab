export interface Point {
  readonly x: number;
  readonly y: number;
}

/** @returns the slope of the line with the least squares, or null when all points stand at one place */
export function slopeOf(points: readonly Point[]): number | null {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const squares = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (points.length === 0 || squares === 0) return null;
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / squares;
}
