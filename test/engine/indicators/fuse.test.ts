import t from 'tap';
import { type CommitFunction, fuse } from '../../../src/engine/indicators/fuse.js';
import { type Kernel, type KernelCandle, kernel } from '../../../src/engine/indicators/kernel.js';
import { CLOSE, INPUTS, Layout } from '../../../src/engine/indicators/layout.js';

type K = Readonly<Record<'total' | 'output', number>>;

/** A comment that speaks of return and of k.nothing is no code. */
function peek(slab: Float64Array, base: number, candle: KernelCandle, k: K): void {
  // What would a return of k.nothing be?
  slab[base + k.output] = (slab[base + k.total] as number) + candle.close;
}

function advance(
  slab: Float64Array,
  base: number,
  past: Float64Array,
  from: number,
  candle: KernelCandle,
  k: K,
): void {
  slab[base + k.total] = slab[base + k.output] as number;
  past[from] = candle.count;
}

function total(layout: Layout): { readonly kernel: Kernel; readonly output: number } {
  const output = layout.output();
  layout.past(1);
  return {
    kernel: kernel({ first: 0, constants: { total: layout.state(), output }, peek, advance }),
    output,
  };
}

t.test('two kernels run one after the other, each with its own constants', async (t) => {
  const layout = new Layout([]);
  const parts = [total(layout), total(layout)];
  const closed = layout.past(2);
  const fused = fuse(
    parts.map((part) => part.kernel),
    layout,
    parts.map((part) => part.output),
    closed,
  );
  const slab = new Float64Array(2 * layout.slabSize);
  const past = new Float64Array(2 * layout.pastSize);
  const counts = new Int32Array(2);
  const values = new Float64Array(2);
  const input = new Float64Array(INPUTS);
  const run = (close: number, commit: CommitFunction): void => {
    input[CLOSE] = close;
    commit(slab, past, counts, 1, input);
  };
  run(3, fused.commit);
  run(4, fused.commit);
  input[CLOSE] = 100;
  const before = [...slab];
  fused.peek(slab, counts, 1, 2, input, values, 0);
  t.same([...values], [107, 107]);
  t.same([...slab], before, 'a peek writes nothing but the values');
  t.same([...past.slice(layout.pastSize + closed)], [7, 7], 'the closed values are of the last commit');
  t.same([...counts], [0, 2], 'the other series is as it was');
  t.ok(
    slab.slice(0, layout.slabSize).every((value) => value === 0),
    'its memory too',
  );
});

t.test('what a kernel must not be is refused by name', async (t) => {
  const refused = (make: (layout: Layout, output: number) => Kernel, why: RegExp): void => {
    const layout = new Layout([]);
    const output = layout.output();
    const made = make(layout, output);
    t.throws(() => fuse([made], layout, [output], layout.past(1)), why);
  };
  const constants = { total: 0, output: 0 };
  function returns(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
    if (slab[base] === 0) return;
    slab[base + k.output] = 1;
  }
  refused(
    (_, output) => kernel({ first: 0, constants: { total: 0, output }, peek: returns }),
    /returns: .*return/,
  );
  function renamed(memory: Float64Array, base: number, _candle: KernelCandle, k: K): void {
    memory[base + k.output] = 1;
  }
  refused(
    () => kernel({ first: 0, constants, peek: renamed }),
    /renamed: its parameters must be \(slab, base, candle, k\)/,
  );
  refused(() => kernel({ first: 0, constants, peek: () => undefined }), /must be a function declaration/);
  refused(
    (_, output) => kernel({ first: 0, constants: { total: Number.NaN, output }, peek }),
    /peek: its constant "total" is NaN/,
  );
  function bare(slab: Float64Array, base: number, _candle: KernelCandle, k: K): void {
    for (let i = 0; i < 2; i++) slab[base + i + k.output] = 1;
  }
  refused(
    (_, output) => kernel({ first: 0, constants: { total: 0, output }, peek: bare }),
    /bare: the output "output" must be named as slab\[base \+ k\.output\]/,
  );
});
