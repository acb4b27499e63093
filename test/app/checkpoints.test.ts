import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeCheckpointFile } from '../../src/app/checkpoint-file.js';
import { type CheckpointSource, Checkpoints } from '../../src/app/checkpoints.js';
import { ServedAsset } from '../../src/app/served-asset.js';
import { Engine } from '../../src/engine/engine.js';
import { MINUTE_MS } from '../../src/timeframe.js';
import { makeTestFolder } from '../support/folder.js';
import { recordingLogger } from '../support/recording-logger.js';

const OPTIONS = { amountDecimals: 3, simulated: false };
const NOW = 1_000 * MINUTE_MS;

function served(asset: number, symbol: string, dataSource = 'x'): ServedAsset {
  return new ServedAsset(
    { exchange: 'x', symbol, base: '', quote: '', ...OPTIONS },
    asset,
    asset,
    dataSource,
  );
}

interface Site {
  readonly dataDir: string;
  readonly lines: ReturnType<typeof recordingLogger>['lines'];
  readonly stopping: AbortController;
  /** Two live assets, and one that is not yet. */
  readonly source: CheckpointSource;
  make(): Checkpoints;
}

async function makeSite(t: Test, missing: CheckpointSource['missing'] = () => null): Promise<Site> {
  const parent = await makeTestFolder('checkpoints');
  t.teardown(() => rm(parent, { recursive: true }));
  const dataDir = join(parent, 'data');
  const { logger, lines } = recordingLogger('debug');
  const stopping = new AbortController();
  const engine = new Engine({ indicators: [] });
  const symbols = ['A/B', 'C/D', 'E/F'].map((symbol) => served(engine.addAsset(OPTIONS), symbol));
  engine.goLive(0, NOW);
  engine.goLive(1, NOW);
  return {
    ...{ dataDir, lines, stopping },
    source: { engine, served: symbols, missing },
    make: () => new Checkpoints({ dataDir, logger, now: () => NOW, signal: stopping.signal }),
  };
}

t.test('what one process writes the next one finds, by data source and symbol', async (t) => {
  const site = await makeSite(t);
  const writing = site.make();
  await writing.write(site.source);
  t.match(writing.stats, { writtenAt: NOW, isLastSound: true, written: 1, failed: 0 });
  t.ok(writing.stats.bytes > 1_000);
  const reading = site.make();
  await reading.read();
  t.same(reading.stats.bytes, writing.stats.bytes);
  t.same(reading.of(served(5, 'A/B')), site.source.engine.checkpoint(0));
  t.equal(reading.of(served(5, 'E/F')), undefined, 'what was not live is not in it');
  t.equal(reading.of(served(5, 'A/B', 'demo')), undefined, 'nor is the same symbol of another source');
  reading.settle(served(5, 'A/B'), null);
  reading.settle(served(6, 'C/D'), 'it is older than a day');
  reading.settle(served(7, 'E/F'), 'it had none');
  t.match(reading.stats, { restored: 1, refused: 1 });
  t.equal(reading.of(served(5, 'A/B')), undefined, 'its memory is freed');
  reading.report();
  t.match(site.lines, [
    { level: 30, symbols: 1, ageSeconds: 0, msg: 'restored from the checkpoint' },
    { level: 30, symbols: 1, such_as: 'C/D', reason: 'it is older than a day' },
  ]);
});

t.test('a first start finds none and says nothing', async (t) => {
  const site = await makeSite(t);
  const checkpoints = site.make();
  await checkpoints.read();
  checkpoints.report();
  t.same(site.lines, []);
  t.ok(Number.isNaN(checkpoints.stats.writtenAt));
});

t.test('a file that is none is put aside, with the reason in the log', async (t) => {
  const site = await makeSite(t);
  await mkdir(site.dataDir);
  await writeFile(join(site.dataDir, 'checkpoint'), 'something else altogether');
  await site.make().read();
  t.match(site.lines, [{ level: 40, reason: 'it is no checkpoint file', msg: /refused: history is used/ }]);
  t.same(await readdir(site.dataDir), ['checkpoint.refused']);
});

t.test('a file gets its name only when the database has what was closed before', async (t) => {
  let left = 3;
  const site = await makeSite(t, () => (left-- > 0 ? { reason: 'later', mayPass: true } : null));
  const checkpoints = site.make();
  await checkpoints.write(site.source);
  t.equal(left, -1, 'it was asked until it had');
  t.equal(checkpoints.stats.written, 1);
});

t.test('what the database has lost keeps the file before, with one warning, however often', async (t) => {
  let isLost = false;
  const site = await makeSite(t, () => (isLost ? { reason: 'candles were lost', mayPass: false } : null));
  const checkpoints = site.make();
  await checkpoints.write(site.source);
  isLost = true;
  for (let i = 0; i < 3; i++) await checkpoints.write(site.source);
  t.match(checkpoints.stats, { written: 1, failed: 3, isLastSound: false, writtenAt: NOW });
  const warnings = site.lines.filter(({ level }) => level > 30);
  t.match(warnings, [{ level: 40, reason: 'candles were lost', msg: 'no checkpoint was written' }]);
  t.equal(warnings.length, 1);
  t.same(await readdir(site.dataDir), ['checkpoint']);
  isLost = false;
  await checkpoints.write(site.source);
  t.match(site.lines.at(-1), { msg: 'checkpoints are written again' });
});

t.test('a folder that cannot be written is a warning, and no more', async (t) => {
  const site = await makeSite(t);
  await writeFile(site.dataDir, 'a file where the folder should be');
  const checkpoints = site.make();
  await checkpoints.write(site.source);
  t.match(site.lines, [{ level: 40, reason: /EEXIST|ENOTDIR/ }]);
  t.equal(checkpoints.stats.failed, 1);
});

t.test('a stop ends a write that waits, in silence; the last one follows', async (t) => {
  let isClosed = false;
  const site = await makeSite(t, () => (isClosed ? null : { reason: 'busy', mayPass: true }));
  const checkpoints = site.make();
  const waiting = checkpoints.write(site.source);
  site.stopping.abort();
  await waiting;
  t.same(await readdir(site.dataDir), [], 'nothing is left behind');
  isClosed = true;
  await checkpoints.writeLast(site.source, 5_000);
  t.same(await readdir(site.dataDir), ['checkpoint']);
  t.same(site.lines, []);
});

t.test('a stop does not wait for a database that is behind', async (t) => {
  const site = await makeSite(t, () => ({ reason: 'the database is behind', mayPass: true }));
  const checkpoints = site.make();
  await checkpoints.writeLast(site.source, 60_000);
  t.match(site.lines, [{ level: 40, reason: 'the database is behind' }]);
});

t.test('what a killed process left half written goes with the next checkpoint', async (t) => {
  const site = await makeSite(t);
  await mkdir(site.dataDir);
  const path = join(site.dataDir, 'checkpoint');
  await writeFile(`${path}.${process.pid}.tmp`, 'half of one');
  // No process has this id: Linux counts to 4,194,304.
  await writeFile(`${path}.99999999.tmp`, 'half of one');
  await writeCheckpointFile(path, { build: '0', time: 0 }, [], () => Promise.resolve());
  t.same(await readdir(site.dataDir), ['checkpoint']);
});
