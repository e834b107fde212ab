const MILLISECONDS = 1_000;
const SECONDS = 60;
const MINUTES = 60;

/** @returns `04:05`, or `1:04:05` from an hour on */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / MILLISECONDS);
  const minutes = Math.floor(seconds / SECONDS);
  const parts = [minutes % MINUTES, seconds % SECONDS].map((part) => String(part).padStart(2, '0'));
  const hours = Math.floor(minutes / MINUTES);
  return (hours === 0 ? parts : [hours, ...parts]).join(':');
}
