/** What the lighting view asks of the twin, and how it is read. */

import { call, json } from '../lib/api';

export type State = 'conforme' | 'non_conforme' | 'inconnu' | 'hors_champ';
export const STATES: State[] = ['conforme', 'non_conforme', 'inconnu', 'hors_champ'];
export type Counts = Record<State, number>;

export interface Point {
  id: string;
  title: string;
  reference: string;
  confidence: string;
  stale: boolean;
  apart: boolean;
}

export interface Need {
  fact: string;
  title: string;
  alone: number;
  involved: number;
}

export interface CommuneNight {
  code: string;
  nom: string;
  counts: Record<string, Counts>;
}

export interface Night {
  on: string;
  points: Point[];
  communes: CommuneNight[];
  needs: Need[];
  luminaires: number;
  guessed: number;
}

export interface Fault {
  id: string;
  code: string;
  rules: string[];
}

export interface Ciel {
  code: string;
  nom: string;
  luminaires: number;
  known: number;
  upward_lm: number | null;
  blue: [number, number, number] | null;
  glow: number | null;
  dark: number | null;
  alone: number;
  guess_lm: [number | null, number | null, number | null];
  guess_glow: [number | null, number | null, number | null];
}

export interface Verdict {
  quantity: string;
  sense: 'min' | 'max';
  wanted: number;
  found: number | null;
  unit: string;
  status: State;
  source: string;
  confidence: string;
}

export interface Grid {
  kind: 'illuminance' | 'luminance';
  field: 'carriageway' | 'outside' | 'footway';
  eye: [number, number] | null;
  x_m: number[];
  y_m: number[];
  values: (number | null)[][];
}

export interface Study {
  lantern: { name: string; source: string; origin: string; flux_lm: number | null; power_w: number | null; ulr: number | null; cie_flux_code_3: number | null };
  values: Record<string, number | null>;
  road_class: string;
  status: State;
  keeps: State;
  verdicts: Verdict[];
  comparable: string;
  comparable_verdicts: Verdict[];
  energy: { span_power_w: number | null; density_w_per_lx_m2: (number | null)[]; annual_kwh_per_m2: number | null };
  flux_density_lm_per_m2: number | null;
  doubts: string[];
  grids?: Grid[];
}

export interface FileText {
  name: string;
  text: string;
}

export interface Lamp {
  file?: FileText;
  beam?: string;
  power_w?: number;
  efficacy_lm_per_w?: number;
}

export interface Asked {
  street: Record<string, number | string | null>;
  lanterns: Lamp[];
  road_class: string;
  surface?: FileText;
  q0?: number;
  choose?: boolean;
}

export interface Answer {
  studies: Study[];
  tried: number;
  doubts: string[];
}

export const night = {
  regles: (signal?: AbortSignal) => call<Night>('api/eclairage/regles', { signal }),
  fautes: (commune: string, regle: string | null, signal?: AbortSignal) =>
    call<Fault[]>(`api/eclairage/regles/${encodeURIComponent(commune)}`, { signal }, { regle }),
  ciel: (signal?: AbortSignal) => call<Ciel[]>('api/eclairage/ciel', { signal }),
  options: (signal?: AbortSignal) => call<{ arrangements: string[]; beams: string[]; classes: string[] }>('api/eclairage/rue', { signal }),
  rue: (asked: Asked) => call<Answer>('api/eclairage/rue', json('POST', asked)),
};

/** Quantities shown as a percentage. */
export const SHARES = new Set(['threshold_increment']);

/** Photometric files are Latin-1: every byte is a character. */
export async function latin(file: File): Promise<FileText> {
  return { name: file.name, text: new TextDecoder('latin1').decode(await file.arrayBuffer()) };
}
