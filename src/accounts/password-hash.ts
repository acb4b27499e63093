import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** Cost of scrypt: 2^`ln` blocks of 128·`r` bytes, `p` times. */
export interface HashCost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

/** 128 MiB, some 0.4 s of one core. */
export const DEFAULT_COST: HashCost = { ln: 17, r: 8, p: 1 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Shorter ones could be met by chance. */
const MIN_HASH_BYTES = 16;
const STORED = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
/** What no configuration of ours makes would only take memory. */
const MAX_LN = 20;

interface StoredHash {
  readonly cost: HashCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Hashes a password as `$scrypt$ln=17,r=8,p=1$salt$hash`. Off the event loop; takes the memory of the cost. */
export async function hashPassword(password: string, cost: HashCost): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${base64(salt)}$${base64(hash)}`;
}

/** Whether a password is that of a stored hash. False for a hash that is not of this program, after the same work. */
export async function isPasswordOf(stored: string, password: string, cost: HashCost): Promise<boolean> {
  const parsed = parse(stored) ?? { cost, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) };
  const derived = await derive(password, parsed.salt, parsed.hash.length, parsed.cost);
  return timingSafeEqual(derived, parsed.hash);
}

/** Whether a stored hash was made with less work than `cost`. */
export function isOutdated(stored: string, cost: HashCost): boolean {
  const made = parse(stored)?.cost;
  return made === undefined || made.ln < cost.ln || made.r < cost.r || made.p < cost.p;
}

function parse(stored: string): StoredHash | null {
  const [, ln, r, p, salt = '', hash = ''] = STORED.exec(stored) ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const bytes = Buffer.from(hash, 'base64');
  const isOurs = cost.ln >= 1 && cost.ln <= MAX_LN && cost.r >= 1 && cost.p >= 1;
  return isOurs && bytes.length >= MIN_HASH_BYTES
    ? { cost, salt: Buffer.from(salt, 'base64'), hash: bytes }
    : null;
}

function derive(password: string, salt: Buffer, length: number, { ln, r, p }: HashCost): Promise<Buffer> {
  const N = 2 ** ln;
  return new Promise((resolve, reject) => {
    // One text may be typed in several forms of the same letters.
    scrypt(password.normalize('NFKC'), salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** As the format of such hashes has it: without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
