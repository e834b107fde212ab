/** Reads the web page's files into memory, so that serving them touches no path that a request names. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** One file of the page, ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  /** Strong validator, RFC 9110 section 8.8.3. */
  readonly etag: string;
  readonly body: Buffer;
  /** The same for those who take gzip, where that makes it smaller. */
  readonly gzipped?: { readonly etag: string; readonly body: Buffer };
}

/** The page's files by URL path; `/` is index.html. */
export type StaticPage = ReadonlyMap<string, PageFile>;

const INDEX = 'index.html';
const OPAQUE = 'application/octet-stream';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ts': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/**
 * Sent with every file of the page. The page runs its own scripts and styles only, talks to its own origin only and
 * cannot be framed; it plays streams, and may ask for the microphone.
 */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-cache',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * @param directories folders of the page's files, index.html among them; hidden files are left out, and of two files with
 *   one path the later folder's counts
 * @returns the files; empty when there is no such folder
 * @throws when a file of them cannot be read
 */
export async function readStaticPage(...directories: readonly string[]): Promise<StaticPage> {
  const page = new Map<string, PageFile>();
  for (const directory of directories) {
    for (const path of await listFiles(directory)) {
      const urlPath = `/${relative(directory, path).split(sep).join('/')}`;
      const file = await readPageFile(path);
      page.set(urlPath, file);
      if (urlPath === `/${INDEX}`) page.set('/', file);
    }
  }
  return page;
}

async function listFiles(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function readPageFile(path: string): Promise<PageFile> {
  return pageFile(CONTENT_TYPES[extname(path).toLowerCase()] ?? OPAQUE, await readFile(path));
}

/** @returns a file that is made, as one of the page's */
export async function pageFile(contentType: string, body: Buffer): Promise<PageFile> {
  const plain = { contentType, etag: etagOf(body), body };
  const gzipped = await promisify(gzip)(body);
  return gzipped.length < body.length
    ? { ...plain, gzipped: { etag: etagOf(gzipped), body: gzipped } }
    : plain;
}

function etagOf(body: Buffer): string {
  return `"${createHash('sha256').update(body).digest('base64url')}"`;
}

/** @param header Accept-Encoding, RFC 9110 section 12.5.3 */
function takesGzip(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .some((coding) => /^gzip(\s*;\s*q=(1|0\.\d*[1-9]).*)?$/.test(coding));
}

/** Answers a request for a file, with 304 when the client has it. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: PageFile): FastifyReply {
  const gzipped = takesGzip(request.headers['accept-encoding']) ? file.gzipped : undefined;
  const { etag, body } = gzipped ?? file;
  reply.headers(PAGE_HEADERS).header('etag', etag);
  if (file.gzipped !== undefined) reply.header('vary', 'Origin, Accept-Encoding');
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  if (gzipped !== undefined) reply.header('content-encoding', 'gzip');
  return reply.type(file.contentType).send(body);
}
