/** Classes of a choropleth: quantiles on the known values, at round bounds. */

export const RAMP = ['#e3eeec', '#aed3d1', '#6bacb4', '#2f7c90', '#0f4761'] as const;
export const UNKNOWN_COLOUR = '#c9ced3';
/** A commune with nothing to measure, which is neither unknown nor 0. */
export const NONE_COLOUR = '#fbfbf8';
export const UNKNOWN = -1;
export const NONE = -2;
/** First bound where 0 is a class of its own. */
export const ABOVE_ZERO = Number.MIN_VALUE;

function nice(value: number): number {
  if (value === 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return Math.round(value / step) * step;
}

/** Strictly increasing inner bounds, at most `RAMP.length - 1`; fewer when values are few or equal. 0 stands apart from positive values. */
export function breaks(values: number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length < 2 || sorted[0] === sorted.at(-1)) return [];
  if (sorted[0] !== 0) return quantiles(sorted, RAMP.length);
  return [ABOVE_ZERO, ...quantiles(sorted.filter((value) => value > 0), RAMP.length - 1)];
}

function quantiles(sorted: number[], most: number): number[] {
  const wanted = Math.min(most, new Set(sorted).size);
  const found: number[] = [];
  for (let k = 1; k < wanted; k++) {
    const bound = nice(sorted[Math.floor((k * sorted.length) / wanted)]!);
    if (bound > sorted[0]! && bound > (found.at(-1) ?? -Infinity)) found.push(bound);
  }
  return found;
}

/** Class of a value, UNKNOWN where it is not known. */
export function classOf(value: number | null | undefined, bounds: number[]): number {
  if (value === null || value === undefined) return UNKNOWN;
  let k = 0;
  while (k < bounds.length && value >= bounds[k]!) k++;
  return k;
}

/** Colours spread over the whole ramp when there are fewer classes than colours. */
export function colours(count: number): string[] {
  if (count <= 1) return [RAMP[2]];
  return Array.from({ length: count }, (_, k) => RAMP[Math.round((k * (RAMP.length - 1)) / (count - 1))]!);
}
