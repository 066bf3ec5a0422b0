/** Ratios of indicators shown as percentages: « 0,0062 ratio/an » reads « 0,62 %/an ». */

import type { Effet, Indicateurs, Mesure, Range } from './types';

const isRatio = (unit: string): boolean => unit === 'ratio' || unit.startsWith('ratio/');
const percentUnit = (unit: string): string => unit.replace('ratio', '%');
const percentDecimals = (decimals: number | null): number => Math.max(0, (decimals ?? 4) - 2);

function scaled<T extends Range>(range: T): T {
  const by = (value: number | null): number | null => (value === null ? null : value * 100);
  return { ...range, value: by(range.value), low: by(range.low), high: by(range.high) };
}

/** One measure with its own unit. */
export function readable<T extends Range & { unit: string; decimals?: number | null }>(one: T): T {
  if (!isRatio(one.unit)) return one;
  const shown = { ...scaled(one), unit: percentUnit(one.unit) };
  return 'decimals' in one ? { ...shown, decimals: percentDecimals(one.decimals ?? null) } : shown;
}

export const readableEffects = (effects: Effet[]): Effet[] => effects.map(readable);

export function readableIndicators(data: Indicateurs): Indicateurs {
  const ratios = new Set(data.indicators.filter((one) => isRatio(one.unit)).map((one) => one.name));
  if (!ratios.size) return data;
  const measures = (found: Record<string, Mesure>): Record<string, Mesure> =>
    Object.fromEntries(Object.entries(found).map(([name, one]) => [name, ratios.has(name) ? scaled(one) : one]));
  return {
    indicators: data.indicators.map((one) =>
      ratios.has(one.name) ? { ...one, unit: percentUnit(one.unit), decimals: percentDecimals(one.decimals) } : one,
    ),
    communes: data.communes.map((one) => ({ ...one, indicators: measures(one.indicators) })),
    total: data.total && measures(data.total),
  };
}
