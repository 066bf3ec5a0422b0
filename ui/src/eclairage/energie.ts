/** What the energy panels ask of the twin. */

import { call } from '../lib/api';

export type Triple = [number | null, number | null, number | null];

export interface Held {
  road_class: string;
  luminaires: number;
  inside: string;
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
  calendrier(commune: string, de: number, a: number, part: number, classes: string[], signal: AbortSignal): Promise<Tried> {
    const query = new URLSearchParams({ de: String(de), a: String(a), part: String(part) });
    for (const one of classes) query.append('classe', one);
    return call<Tried>(`${of(commune, 'calendrier')}?${query}`, { signal });
  },
  armoires: (commune: string, signal: AbortSignal): Promise<Sheets> => call<Sheets>(of(commune, 'armoires'), { signal }),
  controle: (commune: string, signal: AbortSignal): Promise<{ oddities: Oddity[] }> =>
    call<{ oddities: Oddity[] }>(of(commune, 'controle'), { signal }),
};
