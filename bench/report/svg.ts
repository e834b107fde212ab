/** The frame of a drawing: its colours in light and dark surroundings, and what text needs. */

/** Colours that keep apart for those who see red and green alike, by what they stand for. */
export type ColourName =
  | 'blue'
  | 'orange'
  | 'green'
  | 'grey'
  | 'pink'
  | 'purple'
  | 'red'
  | 'silver'
  | 'teal'
  | 'yellow';

interface Shades {
  readonly light: string;
  readonly dark: string;
}

const COLOURS: Readonly<Record<ColourName, Shades>> = {
  blue: { light: '#0969da', dark: '#58a6ff' },
  orange: { light: '#bc4c00', dark: '#f0883e' },
  green: { light: '#1a7f37', dark: '#3fb950' },
  grey: { light: '#6e7781', dark: '#8b949e' },
  purple: { light: '#8250df', dark: '#bc8cff' },
  red: { light: '#cf222e', dark: '#ff7b72' },
  pink: { light: '#bf3989', dark: '#f778ba' },
  teal: { light: '#1b7c83', dark: '#39c5cf' },
  silver: { light: '#b7bfc8', dark: '#57606a' },
  yellow: { light: '#9a6700', dark: '#d29922' },
};
const SURFACE: Shades = { light: '#ffffff', dark: '#0d1117' };
const BORDER: Shades = { light: '#d0d7de', dark: '#30363d' };
const TEXT: Shades = { light: '#1f2328', dark: '#e6edf3' };
const QUIET: Shades = { light: '#59636e', dark: '#9198a1' };
const GRID: Shades = { light: '#eaeef2', dark: '#21262d' };

const FONT = "-apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', Helvetica, Arial, sans-serif";
/** A guess: an SVG cannot ask how wide its text will be. */
const CHARACTER_WIDTH = 7.6;

/**
 * @param elements in the order in which they are painted
 * @returns the text of an SVG file
 */
export function drawing(width: number, height: number, title: string, elements: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<style>${styles('light')}@media (prefers-color-scheme: dark){${styles('dark')}}</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" class="surface"/>`,
    ...elements,
    '</svg>',
    '',
  ].join('\n');
}

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** @returns about how wide the text is, in user units */
export function textWidth(text: string): number {
  return Math.ceil(text.length * CHARACTER_WIDTH);
}

/** Colours are written out, since not every viewer knows custom properties. */
function styles(theme: keyof Shades): string {
  const colours = Object.entries(COLOURS).map(
    ([name, shades]) => `.stroke-${name}{stroke:${shades[theme]}}.fill-${name}{fill:${shades[theme]}}`,
  );
  return [
    `.surface{fill:${SURFACE[theme]};stroke:${BORDER[theme]}}`,
    `text{font-family:${FONT};font-size:13px;fill:${TEXT[theme]}}`,
    '.title{font-size:16px;font-weight:600}',
    `.quiet{fill:${QUIET[theme]};font-size:12px}`,
    `.grid{stroke:${GRID[theme]};fill:none}.axis{stroke:${QUIET[theme]};fill:none}`,
    '.line{fill:none;stroke-width:2.25;stroke-linejoin:round}.whisker{fill:none;stroke-width:1.25;opacity:.7}',
    `.dot{stroke:${SURFACE[theme]};stroke-width:1.5}.mark{fill:${SURFACE[theme]};stroke-width:2}`,
    ...colours,
  ].join('');
}
