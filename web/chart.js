// @ts-check
import { CandlestickSeries, createChart, HistogramSeries, LineSeries } from '/vendor/lightweight-charts.js';

/** @typedef {import('./candle-book.js').Candle} Candle */

const UP = '#26a69a';
const DOWN = '#ef5350';

/** Lines of each overlay: column of the indicator set, colour. */
export const OVERLAYS = /** @type {Record<string, readonly (readonly [string, string])[]>} */ ({
  sma_20: [['sma_20', '#5b9cf6']],
  ema_20: [['ema_20', '#f0b429']],
  bb: [
    ['bb_upper', '#8f7ee7'],
    ['bb_middle', '#5b9cf6'],
    ['bb_lower', '#8f7ee7'],
  ],
  '': [],
});

/** @param {number} ms @returns {any} the chart counts in seconds */
const seconds = (ms) => ms / 1000;

/** Draws candles, volume and one overlay; times are shown in UTC. */
export class CandleChart {
  /** @type {{ column: string, series: any }[]} */
  #lines = [];

  /**
   * @param {HTMLElement} element
   * @param {(time: number | null) => void} onHover gets the start (ms) of the candle under the pointer, null: none
   */
  constructor(element, onHover) {
    this.chart = createChart(element, {
      autoSize: true,
      layout: { background: { color: '#12161f' }, textColor: '#8f9bb0' },
      grid: { vertLines: { color: '#1b2130' }, horzLines: { color: '#1b2130' } },
      rightPriceScale: { borderColor: '#232a38', scaleMargins: { top: 0.15, bottom: 0.25 } },
      timeScale: { borderColor: '#232a38', timeVisible: true, secondsVisible: false, rightOffset: 4 },
      crosshair: { mode: 0 },
    });
    this.candles = this.chart.addSeries(CandlestickSeries, {
      upColor: UP,
      downColor: DOWN,
      borderVisible: false,
      wickUpColor: UP,
      wickDownColor: DOWN,
    });
    this.volume = this.chart.addSeries(HistogramSeries, {
      priceFormat: { type: 'volume' },
      priceScaleId: 'volume',
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.chart.subscribeCrosshairMove((/** @type {any} */ { time }) => {
      onHover(time === undefined ? null : Number(time) * 1000);
    });
  }

  /** @param {string} name one of `OVERLAYS` */
  chooseOverlay(name) {
    for (const { series } of this.#lines) this.chart.removeSeries(series);
    this.#lines = (OVERLAYS[name] ?? []).map(([column, color]) => {
      const options = {
        color,
        lineWidth: /** @type {const} */ (1),
        lastValueVisible: false,
        priceLineVisible: false,
      };
      return {
        column,
        series: this.chart.addSeries(LineSeries, { ...options, crosshairMarkerVisible: false }),
      };
    });
  }

  /**
   * Shows a series from the beginning.
   *
   * @param {readonly Candle[]} candles oldest first
   * @param {number} decimals of the price scale
   */
  show(candles, decimals) {
    const priceFormat = {
      type: /** @type {const} */ ('price'),
      precision: decimals,
      minMove: 10 ** -decimals,
    };
    this.candles.applyOptions({ priceFormat });
    this.candles.setData(candles.map(bar));
    this.volume.setData(candles.map(volumeBar));
    for (const { column, series } of this.#lines) {
      series.applyOptions({ priceFormat });
      series.setData(candles.map((candle) => point(candle, column)));
    }
  }

  /** Shows the newest candles, about as many as are readable. */
  scrollToNewest() {
    this.chart.timeScale().resetTimeScale();
    this.chart.timeScale().scrollToRealTime();
  }

  /** @param {Candle} candle the newest, or one after it */
  update(candle) {
    this.candles.update(bar(candle));
    this.volume.update(volumeBar(candle));
    for (const { column, series } of this.#lines) series.update(point(candle, column));
  }
}

/** @param {Candle} candle */
function bar({ time, open, high, low, close }) {
  return { time: seconds(time), open, high, low, close };
}

/** @param {Candle} candle */
function volumeBar({ time, open, close, volume }) {
  return { time: seconds(time), value: volume, color: close >= open ? `${UP}66` : `${DOWN}66` };
}

/** A time without a value while the indicator warms up. @param {Candle} candle @param {string} column */
function point({ time, indicators }, column) {
  const value = indicators?.[column];
  return typeof value === 'number' ? { time: seconds(time), value } : { time: seconds(time) };
}
