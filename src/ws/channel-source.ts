import {
  type AnalysisChannel,
  type Channel,
  isPattern,
  type PriceChannel,
  parseChannel,
  type StateChannel,
  type UserChannel,
} from '../channels.js';
import { RequestError } from '../errors.js';
import { nearestHint } from '../nearest.js';
import { fieldsOf } from '../protocol.js';
import { getWatchlist } from '../store/repositories/watchlists.js';
import type { User } from './caller.js';
import { findSector } from './find-sector.js';
import type { Shape } from './form.js';
import type { AnalysisView, ChannelState, GatewayPorts } from './ports.js';

/** What channels are looked up in. */
export type ChannelPorts = Pick<
  GatewayPorts,
  'market' | 'analysis' | 'stored' | 'users' | 'status' | 'userViews'
>;

type SymbolChannel = Extract<Channel, { readonly kind: 'ticker' | 'trades' | 'candles' | 'indicators' }>;

/** Channels that are kept; some megabytes. */
const MAX_KNOWN = 10_000;

/** Which channels there are and who may have them, and the state of those that tell states. */
export class ChannelSource {
  readonly #ports: ChannelPorts;
  /** Channels of symbols by their texts: one object for all who subscribe to the same. */
  readonly #known = new Map<string, SymbolChannel>();

  constructor(ports: ChannelPorts) {
    this.#ports = ports;
  }

  /**
   * Gives the channel that a client names; its sector by the name that the database has. Whether the client may see a list
   * is for `admit` to say.
   * @param user who asks; null: a guest
   * @throws RequestError `unknown_channel`, `unauthenticated`, `forbidden`, with `field`
   */
  find(text: string, field: string, user: User | null = null): Channel {
    const known = this.#known.get(text);
    if (known !== undefined) {
      this.#expectSymbol(known.symbol, field);
      return known;
    }
    const channel = parseChannel(text, user);
    if ('fault' in channel) throw new RequestError(channel.code, channel.fault, field);
    const { market, stored, status, userViews } = this.#ports;
    switch (channel.kind) {
      case 'metrics':
      case 'regime':
        this.#analysis(channel.kind, field);
        return channel;
      case 'sectors': {
        const view = this.#analysis(channel.kind, field);
        if (channel.sector === null) return channel;
        const sector = sectorName(view, channel.sector, field);
        return { ...channel, sector, name: `sectors:${sector}` };
      }
      case 'signals':
        if (stored === null) throw notServed(channel.kind, 'there is no database', field);
        if (channel.symbol !== null) this.#expectSymbol(channel.symbol, field);
        return channel;
      case 'system-status':
        if (status === null) throw notServed(channel.kind, 'nothing is known of the parts', field);
        return channel;
      case 'alerts':
      case 'notifications':
      case 'recommendations':
        return channel;
      case 'portfolio':
      case 'dashboard':
      case 'watchlist':
        if (userViews === null) throw notServed(channel.kind, 'nothing is computed for users', field);
        return channel;
      default:
        if (isPattern(channel)) {
          if (market.symbols().length === 0) throw notServed(channel.kind, 'there are no symbols', field);
          return channel;
        }
        this.#expectSymbol(channel.symbol, field);
        if (this.#known.size >= MAX_KNOWN) this.#known.clear();
        this.#known.set(text, channel);
        return channel;
    }
  }

  /**
   * Makes sure that a list is there for who asks.
   * @throws RequestError `unknown_channel`, for another user's list as for none; what the database throws
   */
  async admit(channel: Channel, field: string): Promise<void> {
    if (channel.kind !== 'watchlist') return;
    const { userId, watchlistId } = channel;
    const list = await this.#ports.users?.as(userId, (connection) =>
      getWatchlist(connection, userId, watchlistId),
    );
    if (list !== undefined && list !== null) return;
    throw new RequestError('unknown_channel', `there is no watchlist ${watchlistId}`, field);
  }

  /** Symbols that a pattern stands for now. */
  symbols(): readonly string[] {
    return this.#ports.market.symbols();
  }

  shape(channel: StateChannel): Shape {
    return {
      fields: fieldsOf(channel.kind, this.#ports.market.indicatorColumns),
      isList: channel.kind === 'trades' || (channel.kind === 'sectors' && channel.sector === null),
    };
  }

  /** @throws RangeError if the channel's symbol is not served */
  state(channel: PriceChannel | AnalysisChannel): ChannelState {
    switch (channel.kind) {
      case 'metrics':
      case 'regime':
      case 'sectors': {
        const { analysis } = this.#ports;
        if (analysis === null) throw new RangeError(`${channel.name} is not served`);
        return analysis.state(channel);
      }
      default:
        return this.#ports.market.state(channel);
    }
  }

  /** Reads the state of a user's channel. @throws what reading throws */
  async userState(channel: UserChannel): Promise<ChannelState> {
    const { userViews } = this.#ports;
    if (userViews === null) throw new RangeError(`${channel.name} is not served`);
    const view =
      channel.kind === 'watchlist'
        ? ({ kind: channel.kind, id: channel.watchlistId } as const)
        : ({ kind: channel.kind } as const);
    return userViews.state(view, channel.userId);
  }

  /** Has `tell` called with how the parts of the server stand, once a second; gives what ends that. */
  onStatus(tell: (status: unknown) => void): () => void {
    return this.#ports.status?.onChange(tell) ?? (() => undefined);
  }

  #analysis(kind: string, field: string): AnalysisView {
    const { analysis } = this.#ports;
    if (analysis !== null) return analysis;
    throw notServed(kind, 'nothing is analysed', field);
  }

  #expectSymbol(symbol: string, field: string): void {
    const { market } = this.#ports;
    if (market.assetId(symbol) !== undefined) return;
    const hint = nearestHint(symbol, market.symbols());
    throw new RequestError('unknown_channel', `"${symbol}" is not served here${hint}`, field);
  }
}

function notServed(kind: string, why: string, field: string): RequestError {
  return new RequestError('unknown_channel', `"${kind}" is not served here: ${why}`, field);
}

function sectorName(view: AnalysisView, wanted: string, field: string): string {
  const sectors = view.sectors();
  const found = findSector(sectors, wanted);
  if (found !== undefined) return found.name;
  const names = sectors.map(({ name }) => name);
  const near = nearestHint(wanted, names);
  const hint = near === '' ? `; allowed: ${names.join(', ')}` : near;
  throw new RequestError('unknown_channel', `there is no sector "${wanted}"${hint}`, field);
}
