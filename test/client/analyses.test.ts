import t, { type Test } from 'tap';
import { METRICS_FIELDS, REGIME_FIELDS, rowOf, SECTOR_FIELDS } from '../../src/analysis-fields.js';
import { type Client, connect } from '../../src/client/client.js';
import type { Change } from '../../src/client/types.js';
import type { RegimeData, SectorData, SignalData, SignalEventData } from '../../src/protocol.js';
import { ServedMarket } from '../support/served-market.js';
import { until } from '../support/until.js';

const HEAD = { time: 5, state: 'forming', simulated: true } as const;

async function served(t: Test): Promise<{ readonly market: ServedMarket; readonly client: Client }> {
  const market = await new ServedMarket().start();
  t.teardown(() => market.stop());
  const client = connect(market.url, { random: () => 0 });
  t.teardown(() => client.close());
  await client.ready();
  return { market, client };
}

/** Reads a stream in the background into a list. */
function collect<C>(t: Test, stream: AsyncGenerator<C, void, undefined>): C[] {
  const changes: C[] = [];
  const reading = (async () => {
    for await (const change of stream) changes.push(change);
  })();
  t.teardown(() => reading);
  return changes;
}

function sector(id: number, name: string): readonly unknown[] {
  return rowOf(SECTOR_FIELDS, { ...HEAD, sector: name }, { sectorId: id, aiSectorOutlook: 'Bullish' });
}

t.test('figures, regime and sectors come as maps, by methods of their own', async (t) => {
  const { market, client } = await served(t);
  market.publish('metrics:1h', rowOf(METRICS_FIELDS, HEAD, { btcPriceUsd: 61_000.5 }));
  const metrics = collect(t, client.metrics('1h'));
  const regime: Change<RegimeData>[] = collect(t, client.regime('1d', '100ms'));
  const all: Change<readonly SectorData[]>[] = collect(t, client.sectors());
  const one: Change<SectorData>[] = collect(t, client.sector('DeFi'));
  const byId: Change<SectorData>[] = collect(t, client.sector(1, '250ms'));
  const streams = [metrics, regime, all, one, byId];
  await until('all snapshots came', () => streams.every((changes) => changes.length === 1));
  t.equal(metrics[0]?.data?.btc_price_usd, 61_000.5);
  t.equal(metrics[0]?.data?.vix_index, null);
  t.equal(regime[0]?.data, null, 'nothing is known yet');
  market.publish('regime:1d', rowOf(REGIME_FIELDS, HEAD, { currentRegime: 'Bear', regimeConfidence: 0.7 }));
  market.publish('sectors', [sector(2, 'Layer 1 (L1)'), sector(1, 'DeFi')]);
  market.publish('sectors:DeFi', sector(1, 'DeFi'));
  await until('all updates came', () => streams.slice(1).every((changes) => changes.length === 2));
  t.match(regime[1]?.data, { state: 'forming', current_regime: 'Bear', regime_confidence: 0.7 });
  t.same(
    all[1]?.data?.map((row) => [row.sector, row.sector_id]),
    [
      ['Layer 1 (L1)', 2],
      ['DeFi', 1],
    ],
  );
  for (const changes of [one, byId]) t.equal(changes[1]?.data?.ai_sector_outlook, 'Bullish');
  client.close();
});

t.test('signals begin with a list and go on with events', async (t) => {
  const { market, client } = await served(t);
  market.signal({ id: 1, status: 'active' });
  const changes: Change<SignalEventData, readonly SignalData[]>[] = collect(t, client.signals());
  await until('the snapshot came', () => changes.length === 1);
  t.match(changes[0], { type: 'snapshot', position: { epoch: 'outbox', offset: 1 }, data: [] });
  market.signal({ id: 2, status: 'active' });
  market.signal({ id: 1, status: 'expired', former_status: 'active' });
  await until('both events came', () => changes.length === 3);
  t.match(changes.slice(1), [
    { type: 'update', position: { epoch: 'outbox', offset: 2 }, data: { id: 2, status: 'active' } },
    { type: 'update', position: { epoch: 'outbox', offset: 3 }, data: { id: 1, status: 'expired' } },
  ]);
  client.close();
});

t.test(
  'after a restart of the server the snapshot of signals says how many events were missed',
  async (t) => {
    const { market, client } = await served(t);
    market.signal({ id: 0, status: 'active' });
    const changes = collect(t, client.signals());
    await until('the snapshot came', () => changes.length === 1);
    market.signal({ id: 1, status: 'active' });
    await until('the event came', () => changes.length === 2);
    await market.stop();
    market.signal({ id: 2, status: 'active' });
    market.signal({ id: 3, status: 'active' });
    await market.start('second');
    await until('the next snapshot came', () => changes.length === 3);
    t.match(changes[2], {
      type: 'snapshot',
      position: { epoch: 'outbox', offset: 4 },
      resumed: { channel: 'signals', missed: 2 },
    });
    client.close();
  },
);

t.test('signals of one symbol are a channel of their own', async (t) => {
  const { client } = await served(t);
  const changes = collect(t, client.signals('ETH/USDT'));
  await until('the snapshot came', () => changes.length === 1);
  t.equal(changes[0]?.channel, 'signals:ETH/USDT');
  client.close();
});
