import t from 'tap';
import { METRICS_FIELDS, REGIME_FIELDS, rowOf, SECTOR_FIELDS } from '../../src/analysis-fields.js';
import { CHANNEL_KINDS } from '../../src/channels.js';
import { storedSignals } from '../support/analysis-view.js';
import { DRIVERS, gatewaySite, NOW } from './gateway-site.js';

const HEAD = { time: NOW, state: 'forming', simulated: true } as const;

function sector(id: number, name: string): readonly unknown[] {
  return rowOf(SECTOR_FIELDS, { ...HEAD, sector: name }, { sectorId: id, performance24hPct: id / 2 });
}

for (const transport of DRIVERS) {
  t.test(
    `${transport}: figures, regime and sectors come as a snapshot and updates, as maps or rows`,
    async (at) => {
      const { market, connect } = await gatewaySite(at, { transport });
      market.change(
        'regime:1d',
        rowOf(REGIME_FIELDS, HEAD, { currentRegime: 'Bull', regimeConfidence: 0.75 }),
      );
      market.change('sectors', [sector(2, 'Layer 1 (L1)'), sector(1, 'DeFi')]);
      const channels = ['metrics:1h', 'regime:1d', 'sectors', 'sectors:DeFi'];
      const maps = await connect();
      at.match(await maps.request({ op: 'subscribe', channels }), { ok: true });
      await maps.until('snapshots', () => maps.of('snapshot').length === 4);
      at.match(maps.of('snapshot', 'metrics:1h'), [{ offset: 0, data: null }]);
      at.match(maps.of('snapshot', 'regime:1d'), [
        {
          offset: 1,
          data: { state: 'forming', current_regime: 'Bull', regime_confidence: 0.75, trend_intact: null },
        },
      ]);
      at.match(maps.of('snapshot', 'sectors')[0]?.data, [
        { sector: 'Layer 1 (L1)', sector_id: 2, performance_24h_pct: 1 },
        { sector: 'DeFi', sector_id: 1, performance_24h_pct: 0.5 },
      ]);
      const rows = await connect({ encoding: 'json' });
      await rows.request({ op: 'subscribe', channels, rows: true });
      await rows.until('snapshots', () => rows.of('snapshot').length === 4);
      at.same(rows.of('snapshot', 'metrics:1h')[0]?.fields, METRICS_FIELDS);
      at.same(rows.of('snapshot', 'sectors')[0]?.fields, SECTOR_FIELDS);
      market.change('metrics:1h', rowOf(METRICS_FIELDS, HEAD, { btcPriceUsd: 61_000.5 }));
      market.change('sectors', [sector(3, 'Memes')]);
      market.change('sectors:DeFi', sector(1, 'DeFi'));
      for (const client of [maps, rows])
        await client.until('updates', () => client.of('update').length === 3);
      at.match(maps.of('update', 'metrics:1h'), [
        { offset: 1, data: { btc_price_usd: 61_000.5, rsi_14: null } },
      ]);
      at.match(maps.of('update', 'sectors'), [{ offset: 2, data: [{ sector: 'Memes' }] }]);
      at.same(rows.of('update', 'sectors')[0]?.data, [sector(3, 'Memes')]);
      at.same(rows.of('update', 'sectors:DeFi')[0]?.data, sector(1, 'DeFi'));
    },
  );

  t.test(
    `${transport}: a sector goes by its name in whatever case, or by its id, and by the client's text`,
    async (at) => {
      const { market, connect } = await gatewaySite(at, { transport });
      const client = await connect();
      const texts = ['sectors:DeFi', 'sectors:defi', 'sectors:1', 'sectors:1@100ms'];
      at.match(await client.request({ op: 'subscribe', channels: texts }), {
        ok: true,
        result: { channels: texts },
      });
      market.change('sectors:DeFi', sector(1, 'DeFi'));
      await client.until('all of them', () => client.of('update').length === 4);
      at.same(
        client
          .of('update')
          .map(({ channel }) => String(channel))
          .toSorted(),
        texts.toSorted(),
      );
    },
  );
}

t.test('with a rate the newest list of sectors is kept, not all of them in one', async (at) => {
  const { market, connect } = await gatewaySite(at);
  const client = await connect();
  await client.request({ op: 'subscribe', channels: ['sectors@100ms'] });
  for (let n = 1; n <= 3; n++) market.change('sectors', [sector(n, `S${n}`)]);
  await client.until('the update', () => client.of('update').length === 1);
  at.match(client.of('update')[0], { offset: 3, data: [{ sector: 'S3' }] });
  at.same(client.of('skipped'), []);
});

t.test('what is no channel is refused with what is near, or with what is missing', async (at) => {
  const client = await (await gatewaySite(at)).connect();
  const refusal = async (channel: string) =>
    (await client.request({ op: 'subscribe', channels: ['ticker:BTC/USDT', channel] })).error;
  at.same(await refusal('sectors:DeFy'), {
    code: 'unknown_channel',
    message: 'there is no sector "DeFy"; nearest: DeFi',
    field: 'channels[1]',
  });
  at.match(await refusal('sectors:17'), {
    code: 'unknown_channel',
    message: /^there is no sector "17"; allowed: .*DeFi/,
  });
  at.match(await refusal('metrics:1M'), { code: 'unknown_channel', message: /lacks a timeframe/ });
  at.match(await refusal('regime:5m'), { code: 'unknown_channel', message: /lacks a timeframe/ });
  at.match(await refusal('signals@1s'), { code: 'unknown_channel', message: /takes no rate/ });
  at.match(await refusal('signals'), { code: 'unknown_channel', message: /there is no database/ });
  for (const [kind, { role }] of Object.entries(CHANNEL_KINDS)) {
    if (role === 'guest') continue;
    at.match(await refusal(kind), {
      code: 'unauthenticated',
      message: /needs a login/,
      field: 'channels[1]',
    });
  }
  at.match(await client.request({ op: 'list' }), { result: { subscriptions: [] } });
});

t.test('a server that analyses nothing says so', async (at) => {
  const { connect } = await gatewaySite(at, {}, undefined, null, false);
  const client = await connect();
  for (const channel of ['metrics:1h', 'regime:1h', 'sectors', 'sectors:1']) {
    const reply = await client.request({ op: 'subscribe', channels: [channel] });
    at.match(reply.error, { code: 'unknown_channel', message: /nothing is analysed/ }, channel);
  }
});

t.test('signals of a symbol that is not served are refused with the nearest', async (at) => {
  const stored = storedSignals(async () => ({ position: null, signals: [] }));
  const client = await (await gatewaySite(at, {}, undefined, stored)).connect();
  at.match(await client.request({ op: 'subscribe', channels: ['signals:BTC/USDC'] }), {
    error: { code: 'unknown_channel', message: '"BTC/USDC" is not served here; nearest: BTC/USDT' },
  });
});
