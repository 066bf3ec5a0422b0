/** Buildings of a place as the twin gives them, and how they are coloured. */

import { call } from '../lib/api';
import { binary } from '../lib/people';
import { breaks, classOf, colours, UNKNOWN, UNKNOWN_COLOUR } from '../lib/classes';
import { csvOf } from '../lib/csv';
import { number, percent } from '../lib/format';
import { texts as common } from '../texts';
import { texts } from '../texts/batiments';

export interface Building {
  id: string;
  label: string;
  usage: string | null;
  owner: string | null;
  owner_name: string;
  dpe: string | null;
  energy: number | null;
  low: number | null;
  high: number | null;
  floor: number | null;
  per_m2: number | null;
  potential: number | null;
  doubt: number | null;
  origin: string;
  height: number | null;
  height_estimated: boolean;
  geometry: GeoJSON.Geometry | null;
}

export interface Range {
  value: number;
  low: number;
  high: number;
}

export interface Step {
  kind: string;
  title: string;
  quantity: number;
  unit: string;
  cost: Range;
  energy: Range;
  saved: Range;
  label: string | null;
  /** Label after the step by the official method, from the DPE attached to the building. */
  official: { label: string; best: string; worst: string } | null;
  reached: number[];
  cautions: string[];
}

export interface Duty {
  rule: string;
  title: string;
  state: 'due' | 'late' | 'unknown' | 'none';
  deadline: string | null;
  reference: string;
  missing: string[];
  /** It holds if the dwelling is let, which nobody says. */
  if_let: boolean;
  /** What is missing, in words. */
  questions: string[];
}

export interface Element {
  element: 'wall' | 'roof' | 'floor' | 'window';
  done: boolean;
  /** What is declared: a U value, or the element as it was built. */
  said: 'u' | 'built' | null;
  area: Range;
  u: Range;
}

/** A value of the DPE beside what was known of it, else what was inferred (with its interval). */
export interface Compared {
  column: string;
  title: string;
  unit: string;
  decimals: number | null;
  dpe: string | number;
  known: string | number | null;
  inferred: string | number | null;
  low: number | null;
  high: number | null;
  differs: boolean;
}

export interface Attached {
  number: string;
  kind: 'maison' | 'immeuble' | 'appartement';
  commit: number | null;
  contradictions: string[];
  oddities: string[];
  compared: Compared[];
}

export interface Sheet {
  id: string;
  /** What is known: what, value, where from; unknown things are said too. */
  known: { what: string; value: string; origin: string }[];
  floor: Range | null;
  /** Cost of all the steps [€]. */
  total: Range | null;
  label_best: string | null;
  label_worst: string | null;
  energy: Range | null;
  label: string | null;
  label_computed: boolean;
  label_notes: string[];
  dpe: { number: string; day: string; flat: boolean; recorded: string | null; label: string } | null;
  bill: number | null;
  model: Range | null;
  envelope: Element[];
  steps: Step[];
  duties: Duty[];
}

type Columns = Record<'outdoor_c' | 'heat_kw' | 'heat_kw_low' | 'heat_kw_high' | 'cooling_kw' | 'free_c' | 'solar_kw' | 'electricity_kw', number[]>;

interface Computed {
  days: Columns;
  cold: Columns & { start_h: number };
  hot: Columns & { start_h: number };
  heat_kwh: Range;
  peak_kw: number;
  hot_hours: number;
  cop: number;
  solar: { kw: number; kwh: number; used: number };
}

/** The hours by the simple method, then wall by wall; `apart`: how far the second is from the first on the same draws. */
export interface Hours extends Computed {
  walls: Computed;
  apart: { heat: Range; peak: Range };
  behind: { attic: string | null; basement: string | null };
}

export interface Deadline {
  rule: string;
  title: string;
  reference: string;
  deadline: string | null;
  confidence: string;
  due: number;
  late: number;
  unknown: number;
  /** Of those unknown, how many owe it if they are let. */
  if_let: number;
  missing: string[];
  buildings: string[];
}

/** Where there are buildings: a commune, an EPCI, a département. */
export interface Place {
  code: string;
  kind: 'commune' | 'epci' | 'departement';
  name: string;
  buildings: number;
  communes: number;
}

export interface Yearly {
  year: number;
  kwh: number | null;
  path_kwh: number | null;
  gap_kwh: number | null;
  sites?: number;
  unknown?: number;
  declared_kwh?: number | null;
  /** Who brought the consumption to a normal weather: OPERAT, or this twin from the degree-days; null as declared. */
  adjusted_by?: 'operat' | 'degree_days' | null;
}

export interface Entity {
  entity: string;
  name: string;
  owner: string;
  owner_name: string;
  reference_year: number | null;
  reference_kwh: number | null;
  modulation_kwh: number | null;
  last_year: number | null;
  last_kwh: number | null;
  gap_kwh: number | null;
  ahead_kwh: number | null;
  steps: Record<string, { relative: number | null; absolute: number | null; allowed: number | null }>;
  years: Yearly[];
}

export interface Pooled {
  owner: string;
  owner_name: string;
  sites: number;
  unknown: number;
  now_kwh: number | null;
  allowed_kwh: number | null;
  gap_kwh: number | null;
  lent_kwh: number | null;
  reference_kwh: number | null;
  met: boolean;
  steps: Record<string, number | null>;
  years: Yearly[];
}

export interface Totals {
  buildings: number;
  known: number;
  floor: number;
  energy: Range | null;
  labels: Record<string, number>;
}

export interface Stock {
  place: string;
  name: string;
  totals: Totals;
  duties: Deadline[];
  tertiary: { step: number; years: number[]; entities: Entity[]; pools: Pooled[]; remarks: string[] };
  undeclared: { id: string; label: string; usage: string | null; floor: number; floor_known: boolean; energy: Range | null }[];
}

/** What the list is reduced to: an owner, a use, a label; '' keeps all, UNSAID those of which it is not known. */
export type Sieve = Record<'proprietaire' | 'usage' | 'etiquette', string>;
export const UNSAID = 'inconnu';
const OF: Record<keyof Sieve, (row: Building) => string | null> = { proprietaire: (row) => row.owner, usage: (row) => row.usage, etiquette: (row) => row.dpe };
export const SIEVES = Object.keys(OF) as (keyof Sieve)[];

export const sieved = (rows: Building[], sieve: Sieve): Building[] =>
  rows.filter((row) => SIEVES.every((key) => !sieve[key] || (OF[key](row) ?? UNSAID) === sieve[key]));

/** The values of a sieve among the buildings that the others keep, and how many buildings have each. */
export function values(rows: Building[], sieve: Sieve, key: keyof Sieve): Map<string, number> {
  const found = new Map<string, number>();
  for (const row of sieved(rows, { ...sieve, [key]: '' })) {
    const value = OF[key](row) ?? UNSAID;
    found.set(value, (found.get(value) ?? 0) + 1);
  }
  return found;
}

/** The list as a file for a spreadsheet. */
export function listed(rows: Building[]): Blob {
  const titles = [texts.id, texts.name, texts.owner, texts.usage, texts.label, texts.energy, texts.lowBound, texts.highBound, texts.origin, texts.floor, texts.perM2, texts.potential, texts.doubt];
  return csvOf(titles, rows.map((row) => [
    row.id, row.label, row.owner_name, texts.uses[row.usage ?? ''] ?? texts.unknown, row.dpe ?? texts.unknown, row.energy, row.low, row.high,
    common.origins[row.origin as keyof typeof common.origins] ?? row.origin, row.floor, row.per_m2, row.potential, row.doubt,
  ]));
}

const get = <T>(path: string, query: Record<string, string>, signal: AbortSignal): Promise<T> => call<T>(path, { signal }, query);

export const places = (signal: AbortSignal): Promise<Place[]> => get('api/batiments/lieux', {}, signal);
export const buildings = (commune: string, signal: AbortSignal): Promise<{ rows: Building[] }> => get('api/batiments', { commune }, signal);
export const stock = (commune: string, sieve: Sieve, signal: AbortSignal): Promise<Stock> => get('api/batiments/parc', { commune, ...sieve }, signal);
/** Two digits are all that an estimate is worth. */
export const round = (value: number): number => Number(value.toPrecision(2));
export const attach = (id: string, file: File, accepter: boolean): Promise<Attached> =>
  call(`api/batiments/${encodeURIComponent(id)}/dpe`, binary(file), { nom: file.name, accepter: String(accepter) });
export const hours = (id: string, signal: AbortSignal): Promise<Hours | null> => get(`api/batiments/${encodeURIComponent(id)}/courbe`, { methode: 'deux' }, signal);
export const sheet = (id: string, signal: AbortSignal): Promise<Sheet> => get(`api/batiments/${encodeURIComponent(id)}`, {}, signal);

export type Mode = 'dpe' | 'per_m2' | 'potential' | 'doubt';
export const MODES: Mode[] = ['dpe', 'per_m2', 'potential', 'doubt'];
const LABELS = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
const LABEL_COLOURS = ['#1a7f4b', '#5a9e3a', '#a3b52c', '#e0c12a', '#dd8f2a', '#cc5a2b', '#a3242c'];

export interface Painted {
  /** What the colours say, and in which unit. */
  title: string;
  help: string;
  colour: (row: Building) => string;
  /** What is said of a building under the pointer. */
  say: (row: Building) => string;
  legend: { colour: string; text: string; count: string }[];
}

/** What a building is worth in a mode, in words. */
export function worth(row: Building, mode: Mode): string {
  if (mode === 'dpe') return row.dpe ?? texts.unknown;
  const value = row[mode];
  if (value === null) return texts.unknown;
  return mode === 'per_m2' ? `${number(value, 0)} kWh/m²` : mode === 'potential' ? percent(value) : `± ${percent(value)}`;
}

/** Colours and legend of a mode over the shown buildings. */
export function paint(rows: Building[], mode: Mode): Painted {
  const bounds = mode === 'dpe' ? [] : breaks(rows.map((row) => row[mode]).filter((value): value is number => value !== null));
  const ramp = mode === 'dpe' ? LABEL_COLOURS : colours(bounds.length + 1);
  const rank = (row: Building): number => (mode === 'dpe' ? LABELS.indexOf(row.dpe ?? '') : classOf(row[mode], bounds));
  const shown = (value: number): string => (mode === 'per_m2' ? number(value, 0) : percent(value));
  const named = (k: number): string => (mode === 'dpe' ? LABELS[k]! : k === 0 ? (bounds[0] === undefined ? texts.anyValue : `< ${shown(bounds[0])}`) : `≥ ${shown(bounds[k - 1]!)}`);
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(rank(row), (counts.get(rank(row)) ?? 0) + 1);
  const counted = (k: number): string => number(counts.get(k) ?? 0, 0);
  return {
    title: `${texts.modes[mode]}${texts.units[mode] ? ` (${texts.units[mode]})` : ''}`,
    help: texts.modeHelp[mode],
    colour: (row) => ramp[rank(row)] ?? UNKNOWN_COLOUR,
    say: (row) => [row.label, `${texts.modes[mode]} : ${worth(row, mode)}`].join('\n'),
    legend: [...ramp.map((colour, k) => ({ colour, text: named(k), count: counted(k) })), { colour: UNKNOWN_COLOUR, text: texts.unknown, count: counted(UNKNOWN) }],
  };
}
