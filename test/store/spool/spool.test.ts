import { appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { encodeRecord } from '../../../src/store/spool/records.js';
import { Spool, SpoolFullError } from '../../../src/store/spool/spool.js';
import type { SpoolLane } from '../../../src/store/spool/spool-lane.js';
import { makeTestFolder, silent } from '../../support/folder.js';

async function setUp(t: Test): Promise<string> {
  const dir = await makeTestFolder('spool');
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

function records(from: number, count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => encodeRecord({ at: 1, value: { n: from + i } }));
}

async function numbersFound(lane: SpoolLane): Promise<number[]> {
  const numbers: number[] = [];
  while (lane.found > 0) {
    numbers.push(...(await lane.readFound()).map(({ value }) => (value as { n: number }).n));
    await lane.dropFound();
  }
  return numbers;
}

t.test('the next process finds what one has left, in order, and nothing of what was done', async (t) => {
  const dir = await setUp(t);
  const first = await Spool.open({ dir, logger: silent });
  const lane = first.lane('closed');
  t.equal(lane.end, null);
  await lane.append(0, records(0, 3));
  lane.appendNow(3, records(3, 2));
  t.equal(lane.end, 5);
  t.same(
    (await lane.read(2)).rows.map(({ value }) => (value as { n: number }).n),
    [2, 3, 4],
  );
  await lane.append(5, records(5, 5));
  t.equal(lane.segments, 2, 'nothing is appended to what was read');
  await lane.dropBefore(4);
  t.equal(lane.segments, 2, 'a file stays while one of its rows is not done');
  await lane.dropBefore(5);
  t.equal(lane.segments, 1);
  await first.close();

  const second = await Spool.open({ dir, logger: silent });
  t.match(second.stats, { foundSegments: 1, tornSegments: 0, refusedSegments: 0 });
  t.ok(second.stats.bytes > 0);
  const again = second.lane('closed');
  again.appendNow(0, records(100, 1));
  t.same(await numbersFound(again), [5, 6, 7, 8, 9]);
  await again.dropBefore(1);
  t.equal(second.stats.bytes, 0);
  await second.close();
  t.same(await readdir(dir), [], 'nothing is left when all is done');
});

t.test('a write that was cut off at any byte loses itself only', async (t) => {
  const dir = await setUp(t);
  const size = Buffer.concat(records(0, 3)).length + 8;
  const third = records(2, 1)[0]?.length ?? 0;
  for (let cut = 1; cut < third; cut++) {
    const spool = await Spool.open({ dir, logger: silent });
    spool.lane('closed').appendNow(0, records(0, 3));
    await spool.close();
    const [file = ''] = await readdir(join(dir, '1'));
    await truncate(join(dir, '1', file), size - cut);
    const next = await Spool.open({ dir, logger: silent });
    const lane = next.lane('closed');
    if (!t.strictSame(await numbersFound(lane), [0, 1])) return;
    t.equal(next.stats.tornSegments, 1);
    await next.close();
  }
  t.same(await readdir(dir), []);
});

t.test('what is read while more is on its way to the same file is whole', async (t) => {
  const spool = await Spool.open({ dir: await setUp(t), logger: silent });
  const lane = spool.lane('closed');
  lane.appendNow(0, records(0, 3));
  const much = encodeRecord({ at: 1, value: 'x'.repeat(30_000_000) });
  const appending = lane.append(3, [much]);
  t.equal((await lane.read(0)).rows.length, 3);
  await appending;
  t.match(spool.stats, { tornSegments: 0, refusedSegments: 0 });
  await lane.dropBefore(4);
  await spool.close();
});

t.test('a damaged file is put aside with what is whole of it taken, and the next file is read', async (t) => {
  const dir = await setUp(t);
  const spool = await Spool.open({ dir, logger: silent });
  const lane = spool.lane('closed');
  lane.appendNow(0, records(0, 3));
  await lane.read(0);
  lane.appendNow(3, records(3, 3));
  await spool.close();
  const [first = ''] = (await readdir(join(dir, '1'))).sort();
  const path = join(dir, '1', first);
  const bytes = await readFile(path);
  bytes.writeUInt8(
    bytes.readUInt8(8 + (records(0, 1)[0]?.length ?? 0) + 14) ^ 1,
    8 + (records(0, 1)[0]?.length ?? 0) + 14,
  );
  await writeFile(path, bytes);
  await writeFile(join(dir, '1', 'notes.txt'), 'of somebody else');

  const next = await Spool.open({ dir, logger: silent });
  t.same(await numbersFound(next.lane('closed')), [0, 3, 4, 5]);
  t.match(next.stats, { refusedSegments: 1, tornSegments: 0, bytes: 0 });
  await next.close();
  const aside = (await readdir(dir)).filter((name) => name.endsWith('.refused'));
  t.equal(aside.length, 1);
  t.same(await readFile(join(dir, aside[0] ?? '')), bytes, 'as it was');
});

t.test('the files together do not grow beyond their bound, and take more when some are done', async (t) => {
  const dir = await setUp(t);
  const spool = await Spool.open({ dir, logger: silent, maxBytes: 1_000 });
  t.teardown(() => spool.close());
  const [closed, signals] = [spool.lane('closed'), spool.lane('signals')];
  const ten = Buffer.concat(records(0, 10)).length;
  let written = 0;
  while (spool.stats.bytes + ten <= 1_000) {
    await closed.append(written, records(written, 10));
    written += 10;
  }
  await t.rejects(closed.append(written, records(written, 10)), SpoolFullError);
  t.throws(() => signals.appendNow(0, records(0, 50)), SpoolFullError);
  t.equal(closed.end, written, 'what was refused is not there');
  t.equal((await closed.read(0)).rows.length, written);
  await closed.dropBefore(written);
  t.equal(spool.stats.bytes, 0);
  signals.appendNow(0, records(0, 10));
  await signals.dropBefore(10);
});

t.test('two servers on one data folder have a folder each', async (t) => {
  const dir = await setUp(t);
  const [one, other] = await Promise.all([
    Spool.open({ dir, logger: silent }),
    Spool.open({ dir, logger: silent }),
  ]);
  one.lane('closed').appendNow(0, records(0, 2));
  other.lane('closed').appendNow(0, records(10, 2));
  t.same((await readdir(dir)).sort(), ['1', '2']);
  await Promise.all([one.close(), other.close()]);

  const next = await Spool.open({ dir, logger: silent });
  t.same((await numbersFound(next.lane('closed'))).sort(), [0, 1, 10, 11], 'a start takes over both');
  await next.close();
  t.same(await readdir(dir), []);
});

t.test(
  'what a killed process has left is taken over, also from several, but not from a living one',
  async (t) => {
    const dir = await setUp(t);
    const living = await Spool.open({ dir, logger: silent });
    living.lane('closed').appendNow(0, records(50, 1));
    for (const name of ['2', '3']) {
      await mkdir(join(dir, name));
      await writeFile(join(dir, name, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, identity: 'gone' }));
      const made = await Spool.open({ dir: join(dir, `${name}-made`), logger: silent });
      made.lane('closed').appendNow(0, records(Number(name) * 10, 2));
      await made.close();
      const [file = ''] = await readdir(join(dir, `${name}-made`, '1'));
      await writeFile(join(dir, name, file), await readFile(join(dir, `${name}-made`, '1', file)));
      await rm(join(dir, `${name}-made`), { recursive: true });
      await writeFile(join(dir, name, `lock.${2 ** 22 + 1}.abcd`), '');
    }
    const next = await Spool.open({ dir, logger: silent });
    t.same(await numbersFound(next.lane('closed')), [20, 21, 30, 31]);
    await next.close();
    await living.close();
    t.same(await readdir(dir), ['1'], 'the living one still has its own');
  },
);

t.test('refused rows are kept as lines of JSON, up to a bound', async (t) => {
  const dir = await setUp(t);
  const spool = await Spool.open({ dir, logger: silent });
  spool.refuse('closed', { close: 1 }, new Error('no such asset'));
  await spool.close();
  const line = JSON.parse(await readFile(join(dir, 'refused.ndjson'), 'utf8'));
  t.match(line, { lane: 'closed', error: 'no such asset', row: { close: 1 } });
  await appendFile(join(dir, 'refused.ndjson'), Buffer.alloc(16 * 1_024 * 1_024));
  const full = await Spool.open({ dir, logger: silent });
  full.refuse('closed', { close: 2 }, new Error('no such asset'));
  await full.close();
  t.equal(full.stats.refusedRows, 1, 'counted all the same');
  t.notOk((await readFile(join(dir, 'refused.ndjson'), 'utf8')).includes('"close":2'));
});

t.test('a lane reads rows of several files by their position', async (t) => {
  const dir = await setUp(t);
  const spool = await Spool.open({ dir, logger: silent });
  t.teardown(() => spool.close());
  const lane = spool.lane('closed');
  const big = encodeRecord({ at: 1, value: { text: 'x'.repeat(200_000) } });
  for (let i = 0; i < 5; i++) await lane.append(i, [big]);
  t.equal(lane.segments, 3, 'a file that has grown large is followed by the next');
  const read: number[] = [];
  for (let position = 0; position < 5; ) {
    const { rows, end } = await lane.read(position);
    read.push(rows.length);
    position = end;
  }
  t.same(read, [2, 2, 1]);
  await t.rejects(lane.read(5), /not on the disk/);
  await lane.dropBefore(5);
  t.equal(lane.segments, 0);
});
