import t from 'tap';
import { Metrics } from '../src/metrics.js';

t.test('metrics are read when they are asked for, each with its type and help', async (t) => {
  const metrics = new Metrics();
  let trades = 0;
  let open = 3;
  metrics.counter({ name: 'x_trades_total', help: 'Trades', read: () => trades });
  metrics.gauge({ name: 'x_open', help: 'Open', read: () => open });
  t.match(
    await metrics.text(),
    /^# HELP x_trades_total Trades\n# TYPE x_trades_total counter\nx_trades_total 0$/m,
  );
  trades = 41;
  open = -2;
  const text = await metrics.text();
  t.match(text, /^x_trades_total 41$/m, 'not 41 more than before, but 41');
  t.match(text, /^# TYPE x_open gauge\nx_open -2$/m);
  t.match(await metrics.text(), /^x_trades_total 41$/m, 'reading changes nothing');
});

t.test('readings of one metric are told apart by their labels, and vanish when they are gone', async (t) => {
  const metrics = new Metrics();
  let readings = [
    { labels: { code: '1001' }, value: 2 },
    { labels: { code: 'a "b"\n' }, value: 5 },
  ];
  metrics.counter({ name: 'x_closes_total', help: 'Closes', labels: ['code'], read: () => readings });
  const text = await metrics.text();
  t.match(text, 'x_closes_total{code="1001"} 2\n');
  t.match(text, 'x_closes_total{code="a \\"b\\"\\n"} 5\n');
  readings = [];
  t.notMatch(await metrics.text(), /^x_closes_total/m);
});

t.test('two who read at once read the same', async (t) => {
  const metrics = new Metrics();
  metrics.counter({ name: 'x_total', help: 'X', read: () => 7 });
  const [one, other] = await Promise.all([metrics.text(), metrics.text()]);
  t.equal(one, other);
  t.match(one, /^x_total 7$/m);
});

t.test('a name is taken once', async (t) => {
  const metrics = new Metrics();
  metrics.gauge({ name: 'x', help: 'X', read: () => 0 });
  t.throws(() => metrics.counter({ name: 'x', help: 'Y', read: () => 0 }), {
    message: 'metric x is registered twice',
  });
  t.doesNotThrow(() => new Metrics().gauge({ name: 'x', help: 'X', read: () => 0 }), 'but per server');
});

t.test('a reading that fails is not told as a number', async (t) => {
  const metrics = new Metrics();
  metrics.gauge({
    name: 'x',
    help: 'X',
    read: () => {
      throw new Error('cannot be read');
    },
  });
  await t.rejects(metrics.text(), { message: 'cannot be read' });
});
