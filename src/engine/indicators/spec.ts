/** One configured indicator: the kind's name and its parameters, `{name: 'rsi', period: 9}`. */
export interface IndicatorSpec {
  readonly name: string;
  readonly [parameter: string]: string | number;
}
