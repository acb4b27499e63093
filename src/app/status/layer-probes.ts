import type { AnalysisView } from '../../ws/ports.js';
import type { AnalysisHostStats } from '../analysis-host.js';
import { DEGRADED, DOWN, type Fault, faultIf, type Probe, type Reading, reading } from './reading.js';

/** How often the layers are looked at, ms: reading them may compute. */
const LOOK_MS = 10_000;

/** What is asked of the analyses. */
export interface LayerParts {
  readonly view: Pick<AnalysisView, 'metrics' | 'regime' | 'sectorAnalyses'>;
  readonly host: { readonly stats: AnalysisHostStats };
  /** Symbols served. */
  readonly symbols: number;
}

/** Looks at the four layers of the analyses: whether each has something to say. */
export function layerProbes({ view, host, symbols }: LayerParts): readonly Probe[] {
  const notReady = (): Fault | null => {
    const { ready } = host.stats;
    const told = `${ready} of ${symbols} symbols are analysed`;
    return faultIf(ready < symbols, ready === 0 ? DOWN : DEGRADED, told);
  };
  return [
    layer('layer1', () => {
      const hasMetrics = view.metrics('1h') !== null;
      const hasRegime = view.regime('1h') !== null;
      return reading({ metrics: hasMetrics, regime: hasRegime }, [
        faultIf(!hasMetrics && !hasRegime, DOWN, 'neither metrics nor a regime are known'),
        faultIf(
          !hasMetrics || !hasRegime,
          DEGRADED,
          hasMetrics ? 'no regime is known' : 'no metrics are known',
        ),
      ]);
    }),
    layer('layer2', () => {
      const sectors = view.sectorAnalyses().length;
      return reading({ sectors }, [faultIf(sectors === 0, DOWN, 'no sector is analysed')]);
    }),
    layer('layer3', () => reading({ assets: host.stats.ready }, [notReady()])),
    layer('layer4', () => reading({ assets: host.stats.ready }, [notReady()])),
  ];
}

function layer(name: string, look: () => Reading): Probe {
  let at = Number.NEGATIVE_INFINITY;
  let found = reading({}, []);
  return {
    name,
    weight: 0.2,
    read(now) {
      if (now - at >= LOOK_MS) {
        found = look();
        at = now;
      }
      return found;
    },
  };
}
