/** Quotes that are worth about a US dollar, the first one liked best. */
export const DOLLARS: readonly string[] = ['USD', 'USDT', 'USDC', 'FDUSD', 'TUSD', 'BUSD', 'DAI'];

/** Says whether prices in this quote are prices in US dollars, as the fields in USD take them. */
export function isDollar(quote: string): boolean {
  return DOLLARS.includes(quote);
}
