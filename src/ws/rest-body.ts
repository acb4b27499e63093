import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { Headers, HttpResponse } from './transport.js';

const compress = promisify(gzip);

/** Bodies below it are sent as they are: what is saved is less than one packet of a fast line. */
const GZIP_ABOVE_BYTES = 8_192;

/** Says whether a client takes gzip. */
export function takesGzip(header: string | undefined): boolean {
  return (header ?? '').split(',').some((part) => {
    const [name = '', ...params] = part.split(';').map((text) => text.trim().toLowerCase());
    return (name === 'gzip' || name === '*') && !params.some((param) => /^q=0(?:\.0*)?$/.test(param));
  });
}

/**
 * Gives the answer of a read: with an ETag of its bytes, 304 if the client has these very bytes, compressed if that pays.
 *
 * @param headers of the answer, to which those of the body are added
 */
export async function readAnswer(
  request: { readonly headers: Headers },
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<HttpResponse> {
  const isGzip = body.length > GZIP_ABOVE_BYTES && takesGzip(request.headers['accept-encoding']);
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  // Another encoding is another representation: a strong tag names one of them.
  const etag = isGzip ? `"${digest}-gz"` : `"${digest}"`;
  const all = {
    ...headers,
    etag,
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  };
  if (knows(request.headers['if-none-match'], etag)) {
    return { status: 304, headers: all, body: new Uint8Array(0) };
  }
  if (!isGzip) return { status: 200, headers: all, body };
  return { status: 200, headers: all, body: await compress(body, { level: constants.Z_BEST_SPEED }) };
}

function knows(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
