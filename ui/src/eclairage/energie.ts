/** What the energy panels ask of the twin. */

import { call } from '../lib/api';

export type Triple = [number | null, number | null, number | null];

export interface Held {
  road_class: string;
  luminaires: number;
  inside: string;
}

/** One step of a calendar: from, to [legal h] and the share of the power kept. */
export interface Step {
  from: number;
  to: number;
  kept: number;
}

/** Light and class of a road class in one step of the night. */
export interface Level {
  road_class: string;
  power_ratio: number;
  flux_ratio: number | null;
  hours_h: number;
  luminaires: number;
  computed: number;
  lux: [number, number, number] | null;
  candela: [number, number, number] | null;
  classes: Record<string, number>;
  lowered: string;
}

export interface Alert {
  kind: string;
  since: number;
  value: number | null;
  unit: string;
  confidence: number;
}

export interface Series {
  id: string;
  unit: string;
  title: string;
}

export interface Watched {
  series: string;
  cabinet: string;
  measures: number;
  last: string | null;
  expected_kwh: number;
  measured_kwh: number;
  alerts: Alert[];
}

export interface Trial {
  luminaires: number;
  selected: number;
  before: Record<string, Triple>;
  after: Record<string, Triple>;
  effect: Record<string, Triple>;
  months_h: [number, number][];
  held: Held[];
  unknown_class: number;
  law: [string, string, number][];
  levels?: Level[];
}

export interface Tried {
  trial: Trial;
  indicators: Record<string, { title: string; unit: string }>;
}

export interface Period {
  start: string;
  end: string;
  billed_kwh: number;
  modelled_kwh: number;
  read: boolean;
}

export interface Sheet {
  id: string;
  code: string;
  luminaires: number;
  confidence: number;
  power_w: Triple;
  found_w: Triple;
  yearly_kwh: Triple;
  periods: Period[];
  stories: Record<string, number>;
  story: string;
  waste_kwh: Triple | null;
  gap: number | null;
  option: string;
  subscribed_kva: number | null;
  advised_option: string;
  advised_kva: number;
  saving_eur: Triple | null;
}

export interface Sheets {
  sheets: Sheet[];
  alone: number;
  notes: string[];
  stories: Record<string, string>;
  prices: Price[];
}

/** A dated price, with where it was read. */
export interface Price {
  name: string;
  unit: string;
  low: number;
  mode: number;
  high: number;
  source: string;
  confidence: string;
}

/** A commune that has luminaires. */
export interface Lit {
  code: string;
  nom: string;
  luminaires: number;
}

export interface Oddity {
  kind: string;
  layer: string;
  count: number;
  text: string;
}

const of = (commune: string, what: string): string => `api/eclairage/${encodeURIComponent(commune)}/${what}`;

export const energie = {
  communes: (signal: AbortSignal): Promise<Lit[]> => call<Lit[]>('api/eclairage/communes', { signal }),
  calendrier(commune: string, steps: Step[], classes: string[], cabinet: string | null, street: string | null, signal: AbortSignal): Promise<Tried> {
    const [first, ...more] = steps;
    const query = new URLSearchParams({ de: String(first!.from), a: String(first!.to), part: String(first!.kept) });
    for (const one of more) query.append('palier', `${one.from}-${one.to}:${one.kept}`);
    for (const one of classes) query.append('classe', one);
    if (cabinet) query.append('armoire', cabinet);
    if (street) query.append('rue', street);
    return call<Tried>(`${of(commune, 'calendrier')}?${query}`, { signal });
  },
  series: (signal: AbortSignal): Promise<Series[]> => call<Series[]>('api/series', { signal }),
  veille: (commune: string, series: string, cabinet: string, signal: AbortSignal): Promise<{ watched: Watched[] }> =>
    call<{ watched: Watched[] }>(of(commune, 'veille'), { signal }, { serie: `${series}=${cabinet}` }),
  armoires: (commune: string, signal: AbortSignal): Promise<Sheets> => call<Sheets>(of(commune, 'armoires'), { signal }),
  controle: (commune: string, signal: AbortSignal): Promise<{ oddities: Oddity[] }> =>
    call<{ oddities: Oddity[] }>(of(commune, 'controle'), { signal }),
};
