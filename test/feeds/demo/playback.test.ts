import t from 'tap';
import { Playback, type PlaybackTarget } from '../../../src/feeds/demo/playback.js';

const START = 10 * 60_000;

class Recorder implements PlaybackTarget {
  readonly slices: [number, number][] = [];
  blocked = false;
  slept = 0;
  perSlice = 0;
  emit(from: number, to: number): number {
    this.slices.push([from, to]);
    return this.perSlice;
  }
  isBlocked(): boolean {
    return this.blocked;
  }
  onSlept(): void {
    this.slept++;
  }
}

function playback(options: { speed?: number; end?: number; paused?: boolean }): Playback {
  const { speed = 1, end = Number.POSITIVE_INFINITY, paused = false } = options;
  return new Playback({ startAt: START, end, speed, paused, realNow: 0 });
}

/** Says whether slices join without gap or overlap and never cross a minute. */
function isSeamless(slices: readonly [number, number][]): boolean {
  return slices.every(
    ([from, to], i) =>
      from === (slices[i - 1]?.[1] ?? START) && Math.floor(from / 60_000) === Math.floor((to - 1) / 60_000),
  );
}

t.test('follows real time at speed 1', async (t) => {
  const target = new Recorder();
  const market = playback({});
  t.notOk(market.turn(20, target));
  t.notOk(market.turn(45, target));
  t.equal(market.now, START + 45);
  t.strictSame(target.slices, [
    [START, START + 20],
    [START + 20, START + 45],
  ]);
});

t.test('cuts time at minutes, so that a close comes before what follows it', async (t) => {
  const target = new Recorder();
  playback({ speed: 5 }).turn(30_000, target);
  t.ok(isSeamless(target.slices));
  t.equal(target.slices.length, 3);
  t.equal(target.slices.at(-1)?.[1], START + 150_000);
});

t.test('goes on in bounded turns at any speed and leaves nothing out', async (t) => {
  const target = new Recorder();
  target.perSlice = 100;
  const market = playback({ speed: 1e9, end: START + 60 * 60_000 });
  let turns = 0;
  for (let real = 1; !market.hasEnded && turns < 100; real++) {
    market.turn(real, target);
    turns++;
  }
  t.ok(turns > 10, 'a turn is bounded');
  t.ok(isSeamless(target.slices));
  t.equal(target.slices.at(-1)?.[1], START + 60 * 60_000);
  t.notOk(market.turn(1_000, target), 'nothing after the end');
});

t.test('waits for slow clients, then goes on where it stood', async (t) => {
  const target = new Recorder();
  const market = playback({ speed: 1_000 });
  target.blocked = true;
  market.turn(1_000, target);
  t.equal(market.now, START);
  target.blocked = false;
  market.turn(1_010, target);
  t.ok(isSeamless(target.slices));
  t.equal(market.now, START + 10_000, 'the time it waited is not made up for');
});

t.test('stands still while paused, and plays on at another speed', async (t) => {
  const target = new Recorder();
  const market = playback({ paused: true });
  market.turn(5_000, target);
  t.equal(market.now, START);
  market.play(2, 5_000);
  market.turn(5_100, target);
  t.equal(market.now, START + 200);
  market.pause();
  market.turn(9_000, target);
  t.equal(market.now, START + 200);
});

t.test('a process that slept has missed the market, as a client would', async (t) => {
  const target = new Recorder();
  const market = playback({});
  market.turn(3_600_000, target);
  t.equal(market.now, START + 3_600_000);
  t.equal(target.slept, 1);
  t.strictSame(target.slices, []);
});
