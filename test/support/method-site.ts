import type { Test } from 'tap';
import { MemoryBroker } from '../../src/broker/broker-memory.js';
import type { Publication } from '../../src/events.js';
import { GuestReader } from '../../src/store/guest-reader.js';
import type { Pool } from '../../src/store/pool.js';
import { AssetRepository } from '../../src/store/repositories/assets.js';
import { callMethod, type MethodContext } from '../../src/ws/methods/registry.js';
import { FakeMarket, FakeStore, SYMBOLS } from '../ws/gateway-site.js';
import { FakeAnalysis } from './analysis-view.js';
import { holdToSchema } from './answer.js';
import { openUserSite, type UserSite } from './user-site.js';

export type Answer = Readonly<Record<string, unknown>>;

/** Methods over a real database, read as a guest, and analyses in memory that a test puts there. */
export interface MethodSite extends UserSite {
  readonly analysis: FakeAnalysis;
  readonly market: FakeMarket;
  readonly context: MethodContext;
  /** Ids of the served symbols, in their order. */
  readonly assetIds: readonly number[];
  /** Asks as a guest, or as someone else with `context`; the answer is held against the method's declaration. */
  ask(method: string, params?: Answer, context?: Partial<MethodContext>): Promise<Answer>;
  /** Gives code, field and message of a refusal. */
  refusal(method: string, params?: Answer, context?: Partial<MethodContext>): Promise<unknown>;
  /** Gives the items of all pages of a list. */
  pages(method: string, params: Answer): Promise<readonly Answer[]>;
}

/** Opens such a site, of data source `demo`, until the end of the test. */
export async function openMethodSite(t: Test): Promise<MethodSite> {
  const site = await openUserSite(t);
  const market = new FakeMarket(new MemoryBroker<Publication>());
  const analysis = new FakeAnalysis(market.states);
  const assetIds = await serve(site.engine, market);
  const context: MethodContext = {
    market,
    candles: new FakeStore(),
    assets: new AssetRepository(site.gateway),
    analysis,
    stored: new GuestReader(site.gateway, 'demo'),
    users: { dataSource: 'demo', as: site.as },
    accounts: null,
    signIn: null,
    status: null,
    userViews: null,
    caller: { user: null, address: '127.0.0.1', agent: null },
    readiness: { notReady: () => null, simulated: true },
    epoch: 'e1',
  };
  const ask = async (
    method: string,
    params: Answer = {},
    more: Partial<MethodContext> = {},
  ): Promise<Answer> => {
    const answer = JSON.parse(JSON.stringify(await callMethod({ ...context, ...more }, method, params)));
    holdToSchema(method, answer);
    return answer;
  };
  return {
    ...site,
    analysis,
    market,
    context,
    assetIds,
    ask,
    async refusal(method, params = {}, more = {}) {
      try {
        await callMethod({ ...context, ...more }, method, params);
      } catch (error) {
        const { code, field, message } = error as { code?: string; field?: string; message: string };
        return { code, field, message };
      }
      return null;
    },
    async pages(method, params) {
      const all: Answer[] = [];
      let cursor: unknown = null;
      do {
        const page = await ask(method, cursor === null ? params : { ...params, cursor });
        all.push(...(page.items as Answer[]));
        cursor = page.next_cursor;
      } while (cursor !== null);
      return all;
    },
  };
}

/** Registers the symbols, and has the market answer with their ids. */
async function serve(engine: Pool, market: FakeMarket): Promise<readonly number[]> {
  const listings = SYMBOLS.map((symbol) => {
    const [base = '', quote = ''] = symbol.split('/');
    return { symbol, base, quote, dataSource: 'demo' };
  });
  const records = await new AssetRepository(engine).register(listings);
  const ids = new Map(records.map(({ symbol, id }) => [symbol, id]));
  market.assetId = (symbol) => ids.get(symbol);
  return records.map(({ id }) => id);
}

/** Gives the paths of nulls that no `missing` beside them explains; columns of JSON are not looked into. */
export function unexplained(value: unknown, columns: readonly string[] = [], path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, n) => unexplained(item, columns, `${path}[${n}]`));
  if (typeof value !== 'object' || value === null) return [];
  const map = value as Record<string, unknown>;
  const missing = (map.missing ?? {}) as Record<string, unknown>;
  return Object.entries(map).flatMap(([field, item]) => {
    if (columns.includes(field)) return [];
    if (item !== null) return unexplained(item, columns, `${path}.${field}`);
    return typeof missing[field] === 'string' && missing[field] !== '' ? [] : [`${path}.${field}`];
  });
}
