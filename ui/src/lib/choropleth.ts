/** One indicator by commune, ready for the map, its legend and its table. */

import { breaks, classOf, colours, NONE, UNKNOWN } from './classes';
import type { CommuneIndicateurs, Communes, Indicateur, Indicateurs, Range } from './types';

export interface CommuneMesure extends Range {
  none?: boolean;
  code: string;
  nom: string;
  knownShare: number | null;
}

export interface Choropleth {
  rows: CommuneMesure[];
  bounds: number[];
  colours: string[];
  counts: number[];
  unknown: number;
  none: number;
  communes: Communes;
}

export function populations(communes: Communes | undefined): Map<string, number> {
  const found = new Map<string, number>();
  for (const { properties } of communes?.features ?? []) {
    if (typeof properties.population === 'number' && properties.population > 0) {
      found.set(String(properties.code), properties.population);
    }
  }
  return found;
}

/** `none`: there is nothing to measure there, which is not an unknown value. */
export type Measure = Range & { knownShare: number | null; none?: boolean };

const nothing: Measure = { value: null, low: null, high: null, knownShare: null };

/** What one indicator says of a commune, divided by the population when `people` is given: unknown where that is not known. */
export function indicatorMeasure(data: Indicateurs | undefined, indicator: Indicateur | undefined, people: Map<string, number> | null): (code: string) => Measure {
  const measured = new Map(data?.communes.map((one) => [one.code, one]));
  return (code) => {
    const found = indicator && measured.get(code)?.indicators[indicator.name];
    if (!found) return nothing;
    const divisor = people ? (people.get(code) ?? NaN) : 1;
    const scale = (value: number | null): number | null => (value === null || Number.isNaN(divisor) ? null : value / divisor);
    const assets = found.known + found.unknown;
    return { value: scale(found.value), low: scale(found.low), high: scale(found.high), knownShare: assets ? found.known / assets : null };
  };
}

/** Classes of a measure over the communes, with the contours carrying their class; `known` adds communes without contour. */
export function choropleth(shapes: Communes, measure: (code: string) => Measure, known: CommuneIndicateurs[] = []): Choropleth {
  const names = new Map(known.map((one) => [one.code, one.nom]));
  for (const { properties } of shapes.features) names.set(String(properties.code), String(properties.nom ?? properties.code));
  const rows = [...names].map(([code, nom]): CommuneMesure => ({ code, nom, ...measure(code) }));
  const limits = breaks(rows.flatMap((row) => (row.value === null ? [] : [row.value])));
  const ramp = colours(limits.length + 1);
  const classes = new Map(rows.map((row) => [row.code, row.none ? NONE : classOf(row.value, limits)]));
  const counts = ramp.map(() => 0);
  let unknown = 0;
  let none = 0;
  for (const k of classes.values()) {
    if (k === NONE) none += 1;
    else if (k === UNKNOWN) unknown += 1;
    else counts[k]! += 1;
  }
  const features = shapes.features.map((feature) => ({
    ...feature,
    properties: { ...feature.properties, classe: classes.get(String(feature.properties.code)) ?? UNKNOWN },
  }));
  return { rows, bounds: limits, colours: ramp, counts, unknown, none, communes: { ...shapes, features } };
}
