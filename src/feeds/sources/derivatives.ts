import { z } from 'zod';
import type { ExternalName } from '../../external-events.js';
import { MINUTE_MS } from '../../timeframe.js';
import { closeCcxtClient } from '../ccxt-client.js';
import {
  DerivativesClient,
  type DerivativesPlace,
  findPerpetuals,
  type Perpetual,
} from './derivatives-client.js';
import { parseAnswer, tellFigures } from './figures.js';
import { LiquidationWatch } from './liquidation-watch.js';
import { PolledSource } from './polled-source.js';
import { BadAnswer, type Source, type SourceContext } from './source.js';

const EVERY_MS = MINUTE_MS;
const STOP_MS = 250;

/** ccxt's structures; an exchange that gives no time speaks of now. */
const fundingSchema = z.object({ fundingRate: z.number(), timestamp: z.int().positive().nullish() });
const interestSchema = z.object({
  openInterestAmount: z.number().nullish(),
  baseVolume: z.number().nullish(),
  timestamp: z.int().positive().nullish(),
});

const NAMES = {
  BTC: { funding: 'funding_rate_btc', interest: 'open_interest_btc' },
  ETH: { funding: 'funding_rate_eth', interest: 'open_interest_eth' },
} as const satisfies Record<Perpetual['base'], Record<string, ExternalName>>;

/**
 * Funding rates and open interest of BTC and ETH, every minute, and their liquidations as they come, from one exchange
 * that ccxt knows.
 *
 * @throws OperatorError if ccxt does not know the exchange
 */
export async function createDerivatives(context: SourceContext, place: DerivativesPlace): Promise<Source> {
  const stopping = new AbortController();
  const client = new DerivativesClient(context, place, stopping.signal);
  const ccxt = await client.open();
  let perpetuals: readonly Perpetual[] = [];
  let watch: LiquidationWatch | null = null;

  const ask = async (): Promise<void> => {
    if (perpetuals.length === 0) {
      await client.call('loadMarkets', (it) => it.loadMarkets(true));
      perpetuals = findPerpetuals(ccxt);
      if (perpetuals.length === 0)
        throw new BadAnswer('lists no perpetual of BTC or ETH that is settled in dollars');
    }
    watch ??= new LiquidationWatch(context, place, ccxt, perpetuals, stopping.signal);
    let failure: unknown = null;
    for (const perpetual of perpetuals) {
      // One that is not given does not hide the others.
      for (const ask of [askFunding, askInterest]) {
        try {
          await ask(perpetual);
        } catch (error) {
          stopping.signal.throwIfAborted();
          failure ??= error;
        }
      }
    }
    if (failure !== null) throw failure;
  };

  const tell = (name: ExternalName, value: number, timestamp: number | null | undefined): void =>
    tellFigures(context, place.provider, [{ name, value, asOf: timestamp ?? context.now() }]);

  const askFunding = async ({ base, symbol }: Perpetual): Promise<void> => {
    if (!can(ccxt.has.fetchFundingRate)) throw new BadAnswer('gives no funding rates');
    const answer = await client.call('fetchFundingRate', (it) => it.fetchFundingRate(symbol));
    const { fundingRate, timestamp } = parseAnswer(fundingSchema, answer);
    tell(NAMES[base].funding, fundingRate, timestamp);
  };

  const askInterest = async ({ base, symbol, contractSize }: Perpetual): Promise<void> => {
    if (!can(ccxt.has.fetchOpenInterest)) throw new BadAnswer('gives no open interest');
    const answer = await client.call('fetchOpenInterest', (it) => it.fetchOpenInterest(symbol));
    const { openInterestAmount, baseVolume, timestamp } = parseAnswer(interestSchema, answer);
    // Contracts of another size: some exchanges count them, some their coins.
    const value = contractSize === 1 ? (openInterestAmount ?? baseVolume) : baseVolume;
    if (value === undefined || value === null)
      throw new BadAnswer(`gives no open interest of ${symbol} in coins`);
    tell(NAMES[base].interest, value, timestamp);
  };

  return new PolledSource({
    ...{ context, stopping },
    provider: place.provider,
    source: 'derivatives',
    tasks: [{ name: 'funding and open interest', everyMs: EVERY_MS, ask }],
    calls: () => client.calls,
    onStop: async () => {
      const closing = [closeCcxtClient(ccxt), watch?.done];
      const late = new Promise((resolve) => setTimeout(resolve, STOP_MS).unref());
      await Promise.race([Promise.all(closing), late]);
    },
  });
}

/** ccxt makes some answers out of others. */
function can(ability: unknown): boolean {
  return ability === true || ability === 'emulated';
}
