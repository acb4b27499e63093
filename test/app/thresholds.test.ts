import t from 'tap';
import { readThresholds } from '../../src/app/thresholds.js';

t.test('what stands in the settings is taken where it can be used', async (t) => {
  const both = { suggestion_confidence_min: 0.7, signal_confidence_min: 0.8 };
  t.strictSame(readThresholds(both), { signal: 0.8, suggestion: 0.7 });
  t.strictSame(readThresholds({ signal_confidence_min: 0 }), { signal: 0, suggestion: null });
  t.strictSame(readThresholds({ signal_confidence_min: 80, suggestion_confidence_min: '0.7' }), {
    ...{ signal: null, suggestion: null },
  });
  for (const value of [null, undefined, 'text', 3, [], { signal_confidence_min: Number.NaN }]) {
    t.strictSame(readThresholds(value), { signal: null, suggestion: null });
  }
});
