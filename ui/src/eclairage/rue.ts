/** What the street sheet asks of the twin. */

import { call } from '../lib/api';
import type { Origin } from '../lib/types';

export interface LitStreet {
  name: string;
  nature: string;
  road_class: string;
  luminaires: number;
  spacing_m: number | null;
  width_m: number | null;
  height_m: number | null;
  arrangement: string;
  technologies: Record<string, number>;
  power_kw: number | null;
  lamp: string;
}

export interface LitStreets {
  streets: LitStreet[];
  apart: number;
}

export interface Fact {
  name: string;
  value: number | string | null;
  origin: Origin;
  why: string;
}

export interface StreetLamp {
  id: string;
  code: string;
  technology: string;
  power_w: number | null;
  along_m: number | null;
  side: number;
  at: [number, number] | null;
}

export interface StreetSheet {
  id: string;
  code: string;
  commune: string;
  name: string;
  nature: string;
  facts: Fact[];
  lantern: { beam: string; power_w: number; efficacy_lm_per_w: number; origin: Origin; why: string };
  lamps: StreetLamp[];
  others: number;
}

export const streets = {
  all: (commune: string, signal: AbortSignal) => call<LitStreets>(`api/eclairage/${encodeURIComponent(commune)}/rues`, { signal }),
  of: (luminaire: string, signal: AbortSignal) => call<StreetSheet>(`api/eclairage/luminaires/${encodeURIComponent(luminaire)}/rue`, { signal }),
};
