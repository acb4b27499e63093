/** How many symbols of an exchange go together. */
export interface StreamLimits {
  /** Symbols of one subscribe call. */
  readonly perCall: number;
  /** Symbols of one ccxt client, whose calls share a socket where the exchange allows it. */
  readonly perClient: number;
}

const DEFAULT_LIMITS: StreamLimits = { perCall: 50, perClient: 200 };

/**
 * What exchanges allow, where it is known and differs from the cautious default.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams 1,024 streams a connection; ccxt takes 200 a call
 * @see https://bybit-exchange.github.io/docs/v5/ws/connect spot: 10 topics a request
 * @see https://www.okx.com/docs-v5/en/#overview-websocket 64 KB a request, 30 channels recommended
 */
const LIMITS: Readonly<Record<string, StreamLimits>> = {
  binance: { perCall: 200, perClient: 1_000 },
  binanceus: { perCall: 200, perClient: 1_000 },
  bybit: { perCall: 10, perClient: 200 },
  okx: { perCall: 30, perClient: 240 },
};

/** Gives the limits of an exchange by ccxt id; one symbol a call where ccxt has no call for several. */
export function streamLimits(ccxtId: string, hasManyCall: boolean): StreamLimits {
  const limits = LIMITS[ccxtId] ?? DEFAULT_LIMITS;
  return hasManyCall ? limits : { ...limits, perCall: 1 };
}
