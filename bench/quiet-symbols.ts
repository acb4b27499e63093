/** Symbols of `gateway-server.ts` whose prices do not move. */
export const QUIET_SYMBOLS: readonly string[] = Array.from({ length: 200 }, (_, i) => `S${i}/USDT`);
/** A channel of each. */
export const QUIET_CHANNELS: readonly string[] = QUIET_SYMBOLS.map((symbol) => `indicators:${symbol}:1m`);
