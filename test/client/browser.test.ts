import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import t from 'tap';
import { packageRoot } from '../../src/package-root.js';
import { TICKER_FIELDS } from '../../src/protocol.js';
import { chromiumPath, launchChromium, NO_CHROMIUM } from '../support/chromium.js';
import { makeTestFolder } from '../support/folder.js';
import { ServedMarket } from '../support/served-market.js';
import { until } from '../support/until.js';

interface BrowserFile {
  readonly name: string;
}
interface Build {
  readonly BROWSER_FILES: readonly BrowserFile[];
  browserFile(file: BrowserFile): Promise<string>;
  sizesOf(text: string): { readonly raw: number; readonly gzip: number };
}

/** What docs/CLIENT.md says, bytes. */
const SIZES: Readonly<Record<string, { readonly raw: number; readonly gzip: number }>> = {
  'client-json.min.js': { raw: 24_800, gzip: 8_800 },
  'client.min.js': { raw: 60_600, gzip: 21_800 },
  'client-all.min.js': { raw: 60_800, gzip: 21_900 },
};
const GROWTH = 1.1;

const { BROWSER_FILES, browserFile, sizesOf } = (await import(
  new URL('scripts/client-build.mjs', packageRoot()).href
)) as Build;

const path = chromiumPath();
const options = { skip: path === null ? NO_CHROMIUM : false, timeout: 90_000 };
let browser: Browser | undefined;
t.before(async () => {
  if (path !== null) browser = await launchChromium(path);
});
t.teardown(() => browser?.close());

t.test('each file is as small as the documents say', async (t) => {
  t.same(BROWSER_FILES.map(({ name }) => name).sort(), Object.keys(SIZES).sort());
  for (const file of BROWSER_FILES) {
    const { raw, gzip } = sizesOf(await browserFile(file));
    const most = SIZES[file.name] ?? { raw: 0, gzip: 0 };
    t.ok(raw <= most.raw * GROWTH, `${file.name}: ${raw} B`);
    t.ok(gzip <= most.gzip * GROWTH, `${file.name}: ${gzip} B gzip`);
  }
});

const PAGE = `
import { connect } from './client.js';
const show = (id, text) => { document.getElementById(id).textContent = text; };
const client = connect('http://' + location.host, { random: () => 0 });
const view = client.view('ticker:BTC/USDT');
view.on('change', ({ current }) => show('price', current?.last));
view.on('live', (isLive) => show('live', isLive));
client.on('resumed', ({ recovered }) => show('resumed', recovered));
client.ready().then(({ simulated }) => show('simulated', simulated));
`;

function tick(market: ServedMarket, last: number): void {
  market.publish(
    'ticker:BTC/USDT',
    TICKER_FIELDS.map((field) => (field === 'last' ? last : null)),
  );
}

for (const file of BROWSER_FILES) {
  t.test(`${file.name} connects, subscribes and goes on where it was, in a browser`, options, async (t) => {
    if (browser === undefined) throw new Error('the browser has not started');
    const folder = await makeTestFolder('client');
    const fields = ['price', 'live', 'resumed', 'simulated'].map((id) => `<p id="${id}"></p>`);
    const html = `<!doctype html>${fields.join('')}<script type="module" src="page.js"></script>`;
    writeFileSync(join(folder, 'index.html'), html);
    writeFileSync(join(folder, 'page.js'), PAGE);
    writeFileSync(join(folder, 'client.js'), await browserFile(file));
    const market = await new ServedMarket({}, folder).start();
    t.teardown(() => market.stop());
    tick(market, 1.5);
    const page = await browser.newPage();
    t.teardown(() => page.close());
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`http://127.0.0.1:${market.port}/`);
    const shows = (id: string, text: string) =>
      until(
        `#${id} shows ${text}`,
        async () => (await page.locator(`#${id}`).textContent()) === text,
        20_000,
        () => faults,
      );
    await shows('price', '1.5');
    await shows('simulated', 'true');
    tick(market, 2.5);
    await shows('price', '2.5');
    await market.stop();
    await shows('live', 'false');
    tick(market, 3.5);
    await market.start();
    await shows('price', '3.5');
    await shows('resumed', 'true');
    await shows('live', 'true');
    t.same(faults, []);
  });
}
