/** One indicator by commune, ready for the map, its legend and its table. */

import { breaks, classOf, colours } from './classes';
import type { Communes, Indicateur, Indicateurs, Range } from './types';

export interface CommuneMesure extends Range {
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

/** Values of an indicator by commune; divided by the population when `people` is given, unknown where it is not known. */
export function choropleth(data: Indicateurs | undefined, indicator: Indicateur | undefined, shapes: Communes, people: Map<string, number> | null): Choropleth {
  const rows: CommuneMesure[] = [];
  const measured = new Map(data?.communes.map((one) => [one.code, one]));
  for (const { properties } of shapes.features) {
    const code = String(properties.code);
    const found = indicator && measured.get(code)?.indicators[indicator.name];
    const divisor = people ? (people.get(code) ?? NaN) : 1;
    const scale = (value: number | null | undefined): number | null =>
      value === null || value === undefined || Number.isNaN(divisor) ? null : value / divisor;
    const assets = found ? found.known + found.unknown : 0;
    rows.push({
      code,
      nom: String(properties.nom ?? code),
      value: scale(found?.value),
      low: scale(found?.low),
      high: scale(found?.high),
      knownShare: assets ? found!.known / assets : null,
    });
  }
  const limits = breaks(rows.flatMap((row) => (row.value === null ? [] : [row.value])));
  const ramp = colours(limits.length + 1);
  const classes = new Map(rows.map((row) => [row.code, classOf(row.value, limits)]));
  const counts = ramp.map(() => 0);
  let unknown = 0;
  for (const k of classes.values()) {
    if (k < 0) unknown += 1;
    else counts[k]! += 1;
  }
  const communes: Communes = {
    ...shapes,
    features: shapes.features.map((feature) => ({
      ...feature,
      properties: { ...feature.properties, classe: classes.get(String(feature.properties.code)) ?? -1 },
    })),
  };
  return { rows, bounds: limits, colours: ramp, counts, unknown, communes };
}
