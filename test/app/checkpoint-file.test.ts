import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import {
  type CheckpointEntry,
  CheckpointFileError,
  parseCheckpointFile,
  readCheckpointFile,
  writeCheckpointFile,
} from '../../src/app/checkpoint-file.js';
import { Engine } from '../../src/engine/engine.js';
import { makeTestFolder } from '../support/folder.js';

const HEADER = { build: '1.2.3', time: Date.UTC(2024, 6, 1, 12, 0, 0, 7) };
const SMALL: readonly CheckpointEntry[] = [
  { dataSource: 'demo', symbol: 'BTC/USDT', checkpoint: { values: new Float64Array([1.5, Number.NaN]) } },
  { dataSource: 'kraken', symbol: 'BTC/USDT', checkpoint: { values: new Float64Array(0) } },
];
const sure = (): Promise<void> => Promise.resolve();

const folder = await makeTestFolder('checkpoint-file');
t.teardown(() => rm(folder, { recursive: true }));
const path = join(folder, 'checkpoint');
await writeCheckpointFile(path, HEADER, SMALL, sure);
const sound = await readFile(path);

function refusal(bytes: Buffer): string {
  try {
    parseCheckpointFile(bytes);
  } catch (error) {
    if (error instanceof CheckpointFileError) return error.message;
    throw error;
  }
  return '';
}

/** The file with a true checksum over whatever is in it. */
function resealed(bytes: Buffer): Buffer {
  const content = bytes.subarray(0, -32);
  return Buffer.concat([content, createHash('sha256').update(content).digest()]);
}

t.test('what was written is read back, by data source and symbol', async (t) => {
  const file = await readCheckpointFile(path);
  t.same(file?.header, HEADER);
  t.same(file?.entries, SMALL);
  t.equal(file?.bytes, sound.length);
  t.same(await readdir(folder), ['checkpoint'], 'and nothing lies beside it');
});

t.test('where there is no file there is no checkpoint', async (t) => {
  t.equal(await readCheckpointFile(join(folder, 'none')), null);
});

t.test('the state of an engine comes back bit for bit', async (t) => {
  const engine = new Engine();
  const options = { amountDecimals: 5, simulated: true };
  engine.goLive(engine.addAsset(options), HEADER.time - 7);
  const checkpoint = engine.checkpoint(0);
  const other = join(folder, 'engine');
  await writeCheckpointFile(other, HEADER, [{ dataSource: 'demo', symbol: 'A/B', checkpoint }], sure);
  const file = await readCheckpointFile(other);
  await rm(other);
  const again = new Engine();
  again.restore(again.addAsset(options), file?.entries[0]?.checkpoint, 'keep');
  t.same(again.checkpoint(0), checkpoint);
});

t.test('a file with one byte flipped, whichever, is refused with a reason', async (t) => {
  for (let at = 0; at < sound.length; at++) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ mask;
      if (refusal(bytes) === '') t.fail(`byte ${at} ^ ${mask} was not noticed`);
    }
  }
  t.pass(`${sound.length} bytes, each in three ways`);
});

t.test('a file that is torn at any length, or goes on behind its end, is refused', async (t) => {
  for (let length = 0; length < sound.length; length++) {
    if (refusal(sound.subarray(0, length)) === '') t.fail(`${length} bytes were taken for a whole file`);
    const padded = Buffer.concat([sound.subarray(0, length), Buffer.alloc(sound.length - length)]);
    if (!padded.equals(sound) && refusal(padded) === '') t.fail(`zeros from ${length} on were not noticed`);
  }
  t.match(refusal(Buffer.alloc(0)), /cut off/, 'an empty file');
  t.match(refusal(sound.subarray(0, -1)), /cut off/);
  t.match(refusal(Buffer.concat([sound, Buffer.from([0])])), /cut off, or its length is damaged/);
});

t.test('another file, another format and what is sealed but makes no sense are told apart', async (t) => {
  t.match(refusal(Buffer.from('SQLite format 3\0'.repeat(20))), /no checkpoint file/);
  const newer = Buffer.from(sound);
  newer.writeUInt32LE(2, 8);
  t.match(refusal(resealed(newer)), /its format is 2, this program reads 1/);
  const headerless = Buffer.from(sound);
  headerless[16] = 0xc0;
  t.match(refusal(resealed(headerless)), /content cannot be read/);
  t.match(refusal(Buffer.from(sound).fill(7, 60, 61)), /checksum is wrong/);
});

t.test('a write that fails leaves the file before, and nothing beside it', async (t) => {
  const failing = writeCheckpointFile(path, HEADER, [], () => Promise.reject(new Error('not yet')));
  await t.rejects(failing, /not yet/);
  const broken = (function* (): Generator<CheckpointEntry> {
    yield* SMALL;
    throw new Error('half way');
  })();
  await t.rejects(writeCheckpointFile(path, HEADER, broken, sure), /half way/);
  t.same(await readFile(path), sound);
  t.same(await readdir(folder), ['checkpoint']);
  await writeFile(path, 'torn');
  await t.rejects(readCheckpointFile(path), CheckpointFileError);
});
