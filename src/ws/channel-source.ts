import { type Channel, type EventChannel, parseChannel, type StateChannel } from '../channels.js';
import { RequestError } from '../errors.js';
import { nearestHint } from '../nearest.js';
import { fieldsOf } from '../protocol.js';
import { findSector } from './find-sector.js';
import type { Shape } from './form.js';
import { signalItem } from './methods/signal-item.js';
import type { AnalysisView, ChannelState, GatewayPorts } from './ports.js';

/** What a channel of events begins with. */
export interface EventState {
  /** Up to which event the items are so; null: there was none yet. */
  readonly position: { readonly epoch: string; readonly offset: number } | null;
  /** Our clock, ms. */
  readonly time: number;
  readonly items: readonly unknown[];
}

/** Which channels there are, and their state: the engine's, the analyses', or the database's. */
export class ChannelSource {
  readonly #ports: Pick<GatewayPorts, 'market' | 'analysis' | 'stored'>;

  constructor(ports: Pick<GatewayPorts, 'market' | 'analysis' | 'stored'>) {
    this.#ports = ports;
  }

  /**
   * Gives the channel that a client names; its sector by the name that the database has.
   * @throws RequestError `unknown_channel`, `unauthenticated`, with `field`
   */
  find(text: string, field: string): Channel {
    const channel = parseChannel(text);
    if ('fault' in channel) throw new RequestError(channel.code, channel.fault, field);
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
        if (this.#ports.stored === null) {
          throw new RequestError(
            'unknown_channel',
            '"signals" is not served here: there is no database',
            field,
          );
        }
        if (channel.symbol !== null) this.#expectSymbol(channel.symbol, field);
        return channel;
      default:
        this.#expectSymbol(channel.symbol, field);
        return channel;
    }
  }

  shape(channel: StateChannel): Shape {
    return {
      fields: fieldsOf(channel.kind, this.#ports.market.indicatorColumns),
      isList: channel.kind === 'trades' || (channel.kind === 'sectors' && channel.sector === null),
    };
  }

  /** @throws RangeError if the channel's symbol is not served */
  state(channel: StateChannel): ChannelState {
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

  /** Reads the state of a channel of events. @throws what the database throws */
  async events({ name, symbol }: EventChannel): Promise<EventState> {
    const { stored } = this.#ports;
    if (stored === null) throw new RangeError(`${name} is not served`);
    const { position, signals } = await stored.activeSignals(name, symbol);
    return { position, time: Date.now(), items: signals.map((signal) => signalItem(signal, stored)) };
  }

  #analysis(kind: string, field: string): AnalysisView {
    const { analysis } = this.#ports;
    if (analysis !== null) return analysis;
    throw new RequestError('unknown_channel', `"${kind}" is not served here: nothing is analysed`, field);
  }

  #expectSymbol(symbol: string, field: string): void {
    const { market } = this.#ports;
    if (market.assetId(symbol) !== undefined) return;
    const hint = nearestHint(symbol, market.symbols());
    throw new RequestError('unknown_channel', `"${symbol}" is not served here${hint}`, field);
  }
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
