import { RequestError } from '../errors.js';
import { STREAM_PATH } from '../protocol.js';
import type { User } from './caller.js';
import type { MarketView } from './ports.js';

const WS = '/api/v1/ws/';

/** The documents' own WebSocket addresses: each is short for connecting and subscribing. */
type Address =
  /** `userId`: whose channels they are. */
  | { readonly kind: 'user'; readonly channels: readonly string[]; readonly userId: string }
  | { readonly kind: 'admin'; readonly channels: readonly string[] }
  /** `ids`: assets by their database id or symbol, as they stand in the path. */
  | { readonly kind: 'prices'; readonly ids: string };

/** Says whether a path answers WebSockets: the stream, or an address of the documents. */
export function acceptsPath(path: string): boolean {
  return path === STREAM_PATH || addressOf(path) !== null;
}

/** Gives what a path is short for; null: nothing, as the stream itself. */
export function addressOf(path: string): Address | null {
  if (!path.startsWith(WS)) return null;
  const [kind = '', rest = '', ...more] = path.slice(WS.length).split('/');
  if (kind === 'prices' && rest !== '') return { kind, ids: [rest, ...more].join('/') };
  if (more.length > 0 || rest === '') return null;
  switch (kind) {
    case 'dashboard':
      return { kind: 'user', channels: ['dashboard'], userId: rest };
    case 'signals':
      return { kind: 'user', channels: ['signals', 'alerts'], userId: rest };
    case 'admin':
      if (rest === 'system-status') return { kind: 'admin', channels: ['system-status'] };
      return rest === 'suggestions' ? { kind: 'admin', channels: ['recommendations'] } : null;
    default:
      return null;
  }
}

/** Says whether somebody may have an address; in words why not. */
export function refusalOf(address: Address, user: User): string | null {
  if (address.kind === 'admin') return user.role === 'admin' ? null : 'this address is for admins';
  if (address.kind === 'user' && address.userId !== String(user.id)) {
    return "this address is another user's: put your own id into it";
  }
  return null;
}

/** Gives the channels of an address. @throws RequestError `unknown_channel`: an id that is none of an asset that is served */
export function channelsOf(address: Address, market: MarketView): readonly string[] {
  if (address.kind !== 'prices') return address.channels;
  const byId = new Map(market.symbols().map((symbol) => [String(market.assetId(symbol)), symbol]));
  const ids = decoded(address.ids).split(',');
  return ids.filter((id) => id !== '').map((id) => `ticker:${byId.get(id) ?? id}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RequestError('unknown_channel', 'the address is not URL-encoded as it should be');
  }
}
