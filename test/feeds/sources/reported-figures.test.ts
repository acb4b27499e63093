import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ExternalSource } from '../../../src/external-events.js';
import { createReportedFigures } from '../../../src/feeds/sources/reported-figures.js';
import { makeTestFolder } from '../../support/folder.js';
import { startProviderStub } from '../../support/provider-stub.js';
import { toldEvents } from '../../support/told-events.js';
import { until } from '../../support/until.js';

const NOW = Date.parse('2025-01-31T12:00:00Z');
const AS_OF = '2025-01-31T00:00:00Z';

function reportOf(figures: Record<string, unknown>, more: object = {}): string {
  return JSON.stringify({ provider: 'my-node', figures, ...more });
}
const GOOD = reportOf({
  active_addresses_btc: { value: 812_345, as_of: AS_OF },
  exchange_netflow_btc: { value: '-1200.5', as_of: AS_OF },
});

async function start(
  t: Test,
  place: string,
  { source = 'on_chain', isSimulated = false }: { source?: ExternalSource; isSimulated?: boolean } = {},
) {
  const told = toldEvents({ now: () => NOW, isSimulated });
  const running = createReportedFigures({ context: told.context, source, place, provider: source });
  t.teardown(() => running.stop());
  return { told, running };
}

async function makeFile(t: Test, text: string): Promise<string> {
  const folder = await makeTestFolder('reported');
  t.teardown(() => rm(folder, { recursive: true }));
  const path = join(folder, 'chain.json');
  await writeFile(path, text);
  return path;
}

t.test('figures of a file become readings of whoever wrote it', async (t) => {
  const { told, running } = await start(t, await makeFile(t, GOOD));
  await until('they have come', () => told.events.length === 2);
  t.strictSame(
    told.of('reading').map(({ reading }) => reading),
    [
      {
        name: 'active_addresses_btc',
        value: 812_345,
        asOf: Date.parse(AS_OF),
        receivedAt: NOW,
        provider: 'my-node',
        simulated: false,
      },
      {
        name: 'exchange_netflow_btc',
        value: -1_200.5,
        asOf: Date.parse(AS_OF),
        receivedAt: NOW,
        provider: 'my-node',
        simulated: false,
      },
    ],
  );
  await until('it was looked at again', () => running.stats.calls > 2);
  t.equal(told.events.length, 2, 'a file that has not changed tells nothing');
  t.same(told.calls, [], 'a file is no request');
});

t.test('a file is read again when it has changed, vanished and come back', async (t) => {
  const path = await makeFile(t, GOOD);
  const { told } = await start(t, path);
  await until('it has come', () => told.of('reading').length === 2);
  await writeFile(path, reportOf({ miner_outflow: { value: 5_000, as_of: AS_OF } }));
  await until('the new one has come', () => told.values().at(-1)?.[0] === 'miner_outflow');
  await rm(path);
  await until('its absence is told', () => told.fault() !== undefined);
  t.match(told.fault(), /ENOENT/);
  await writeFile(path, GOOD);
  await utimes(path, 1, 1);
  await until('it is back', () => told.fault() === null);
  t.equal(told.values().at(-1)?.[0], 'exchange_netflow_btc');
});

t.test('what is not as documented is refused as a whole', async (t) => {
  const figure = { value: 1, as_of: AS_OF };
  const broken: Readonly<Record<string, readonly [text: string, told: RegExp]>> = {
    'no JSON': ['{"provider"', /is no JSON/],
    'an unknown figure': [
      reportOf({ active_adresses: figure }),
      /a figure "active_adresses" that on_chain does not have/,
    ],
    'a figure of another source': [reportOf({ vix: figure }), /a figure "vix" that on_chain does not have/],
    'a name of objects': [reportOf({ constructor: figure }), /a figure "constructor"/],
    'no provider': [JSON.stringify({ figures: {} }), /provider/],
    'an unknown field': [reportOf({}, { unit: 'k' }), /Unrecognized key/],
    'a null': [reportOf({ miner_outflow: { value: null, as_of: AS_OF } }), /figures.miner_outflow.value/],
    'no time': [reportOf({ miner_outflow: { value: 1 } }), /figures.miner_outflow.as_of/],
    'a time to come': [reportOf({ miner_outflow: { value: 1, as_of: '2026-01-01' } }), /yet to come/],
    'one impossible value': [
      reportOf({ tx_volume_btc: figure, active_addresses_btc: { value: -5, as_of: AS_OF } }),
      /active_addresses_btc is -5/,
    ],
    'simulated figures': [reportOf({}, { simulated: true }), /simulated figures/],
    'too much': [`"${'x'.repeat(2 ** 20)}"`, /more than 1048576 bytes/],
  };
  for (const [name, [text, expected]] of Object.entries(broken)) {
    const { told, running } = await start(t, await makeFile(t, text));
    await until(`${name} is told`, () => told.fault() !== undefined);
    t.match(told.fault(), expected, name);
    t.same(told.of('reading'), [], `${name}: nothing is taken`);
    await running.stop();
  }
});

t.test('a folder in the place of a file is a fault, not an end', async (t) => {
  const path = await makeFile(t, GOOD);
  await rm(path);
  await mkdir(path);
  const { told, running } = await start(t, path);
  await until('it is told', () => told.fault() !== undefined);
  t.match(told.fault(), /is no file/);
  await running.stop();
});

t.test('an address is asked like any provider, its login in a header', async (t) => {
  const stub = await startProviderStub();
  t.teardown(() => stub.close());
  stub.answer('/trends.json', { body: reportOf({ google_trends_score: { value: 73, as_of: AS_OF } }) });
  const address = `${stub.url.replace('//', '//me:pass%20word@')}/trends.json?token=hidden`;
  const { told } = await start(t, address, { source: 'google_trends' });
  await until('it has come', () => told.events.length > 0);
  t.same(told.values(), [['google_trends_score', 73]]);
  const login = Buffer.from('me:pass word').toString('base64');
  t.equal(stub.requests[0]?.headers.authorization, `Basic ${login}`);
  t.match(told.calls[0], {
    apiProvider: 'google_trends',
    endpoint: '/trends.json?token=***',
    responseStatus: 200,
  });
});

t.test('with simulated prices only a simulated report is taken', async (t) => {
  const real = await start(t, await makeFile(t, GOOD), { isSimulated: true });
  await until('it is refused', () => real.told.fault() !== undefined);
  t.match(real.told.fault(), /real figures, which do not go with simulated prices/);
  const figures = { miner_outflow: { value: 5_000, as_of: AS_OF } };
  const made = await start(t, await makeFile(t, reportOf(figures, { simulated: true })), {
    isSimulated: true,
  });
  await until('it is taken', () => made.told.events.length > 0);
  t.equal(made.told.of('reading')[0]?.reading.simulated, true);
});
