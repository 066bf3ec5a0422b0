/** The luminaires of a commune as columns, and the ways to sort them: one `Dim` is a colour, a filter and a table. */

import { call } from '../lib/api';
import { csvOf } from '../lib/csv';
import { number } from '../lib/format';
import { texts as common } from '../texts';
import { texts as rules } from '../texts/eclairage';
import { texts } from '../texts/eclairage-parc';
import type { Need, Point, State } from './night';

export interface Kinds {
  names: string[];
  of: number[];
  inferred: number;
}

export interface Parc {
  commune: string;
  ids: string[];
  codes: string[];
  lon: (number | null)[];
  lat: (number | null)[];
  power_w: (number | null)[];
  year: (number | null)[];
  technology: Kinds;
  type: Kinds;
  road_class: Kinds;
  regime: Kinds;
  armoire: Kinds;
  states: Record<string, string>;
  points: Point[];
  needs: Need[];
  guessed: number;
  upward_lm: (number | null)[];
  blue: (number | null)[];
  left_y: (number | null)[];
  alone: boolean[];
}

export const OVERALL = 'ensemble';
/** What each digit of `states` says. */
export const DIGITS: State[] = ['non_conforme', 'conforme', 'hors_champ', 'inconnu'];
const STATE_ORDER: State[] = ['non_conforme', 'inconnu', 'conforme', 'hors_champ'];
const STATE_COLOURS = ['#b3261e', '#8a7a3c', '#1f6f8b', '#9aa5ae'];
export const UNKNOWN_DOT = '#7d8790';
const HUES = ['#0f4761', '#c2560c', '#2a8f6b', '#7b3fa0', '#b08900', '#c2447d', '#5a3b22', '#3f6fd1', '#6c7a1f', '#14928f'];
const SCALE = ['#f2b705', '#d98308', '#b3470a', '#8c2d3f', '#5b1f5e', '#2b1650'];
const POWERS = [40, 70, 100, 150, 250];
const LEFT = [1, 5, 10, 20];
const UPWARD = [50, 150, 400, 1000];
const BLUE = [0.03, 0.08, 0.15, 0.25];
const YEARS = [1980, 1990, 2000, 2010, 2020];

export interface Dim {
  id: string;
  title: string;
  names: string[];
  colours: string[];
  /** Category of each luminaire. */
  of: Uint8Array;
}

export const parc = (commune: string, signal: AbortSignal): Promise<Parc> => call<Parc>(`api/eclairage/${encodeURIComponent(commune)}/points`, { signal });

export function stateAt(data: Parc, rule: string, i: number): State {
  return DIGITS[Number(data.states[rule]?.[i] ?? 3)] ?? 'inconnu';
}

/** Every way to sort the luminaires that says something of this commune; the rule judged stands first. */
export function dims(data: Parc, rule: string): Dim[] {
  const states = data.states[rule] ?? '';
  const rank = DIGITS.map((state) => STATE_ORDER.indexOf(state));
  const judged = Uint8Array.from(data.ids, (_, i) => rank[Number(states[i] ?? 3)]!);
  const out: Dim[] = [{ id: 'etat', title: texts.dims.etat!, names: STATE_ORDER.map((one) => rules.states[one]!), colours: STATE_COLOURS, of: judged }];
  out.push(worded('technologie', data.technology));
  out.push(banded('puissance', data.power_w, POWERS, powerName));
  out.push(worded('classe', data.road_class, true));
  out.push(banded('age', data.year, YEARS, yearName));
  out.push(banded('reste', data.left_y, LEFT, (k) => ranged(k, LEFT, (v) => String(v), texts.bands.left)));
  for (const [id, kinds] of [['type', data.type], ['regime', data.regime], ['armoire', data.armoire]] as const) out.push(worded(id, kinds));
  return out;
}

/** What a luminaire does to the night: its light towards the sky, its blue, and whether it stands alone in the dark. */
export function skyDims(data: Parc): Dim[] {
  return [
    banded('ciel', data.upward_lm, UPWARD, (k) => ranged(k, UPWARD, (v) => String(v), texts.bands.lumens)),
    banded('bleu', data.blue, BLUE, (k) => ranged(k, BLUE, (v) => String(Math.round(100 * v)), texts.bands.percent)),
    { id: 'isole', title: texts.dims.isole!, names: [texts.bands.alone, texts.bands.together], colours: [SCALE[3]!, '#b9c3ca'], of: Uint8Array.from(data.alone, (one) => (one ? 0 : 1)) },
  ];
}

/** « moins de 5 », « 5 à 10 », « 20 et plus » with the unit of the words given. */
function ranged(k: number, bounds: number[], say: (value: number) => string, words: (low: string | null, high: string | null) => string): string {
  return words(k === 0 ? null : say(bounds[k - 1]!), k === bounds.length ? null : say(bounds[k]!));
}

function powerName(k: number): string {
  if (k === 0) return texts.bands.powerUnder(POWERS[0]!);
  return k === POWERS.length ? texts.bands.powerOver(POWERS.at(-1)!) : texts.bands.power(POWERS[k - 1]!, POWERS[k]!);
}

function yearName(k: number): string {
  if (k === 0) return texts.bands.yearBefore(YEARS[0]!);
  return k === YEARS.length ? texts.bands.yearFrom(YEARS.at(-1)!) : texts.bands.years(YEARS[k - 1]!, YEARS[k]! - 1);
}

/** Words, the most frequent first (or in their own order), the rest together, the unknown last. */
function worded(id: string, kinds: Kinds, ordered = false): Dim {
  const counts = kinds.names.map(() => 0);
  for (const k of kinds.of) if (k >= 0) counts[k]! += 1;
  const order = kinds.names.map((_, k) => k).sort((a, b) => (ordered ? kinds.names[a]!.localeCompare(kinds.names[b]!) : counts[b]! - counts[a]!));
  const kept = order.slice(0, HUES.length - (order.length > HUES.length ? 1 : 0));
  const names = kept.map((k) => common.choices[kinds.names[k]!] ?? kinds.names[k]!);
  const place = kinds.names.map((_, k) => (kept.includes(k) ? kept.indexOf(k) : kept.length));
  if (order.length > kept.length) names.push(texts.others);
  const unknown = names.length;
  names.push(texts.unknown);
  return { id, title: texts.dims[id]!, names, colours: [...HUES.slice(0, unknown), UNKNOWN_DOT], of: Uint8Array.from(kinds.of, (k) => (k < 0 ? unknown : place[k]!)) };
}

function banded(id: string, values: (number | null)[], bounds: number[], name: (k: number) => string): Dim {
  const unknown = bounds.length + 1;
  const of = Uint8Array.from(values, (value) => {
    if (value === null) return unknown;
    let k = 0;
    while (k < bounds.length && value >= bounds[k]!) k++;
    return k;
  });
  return { id, title: texts.dims[id]!, names: [...Array.from({ length: unknown }, (_, k) => name(k)), texts.unknown], colours: [...SCALE.slice(0, unknown), UNKNOWN_DOT], of };
}

/** Luminaires that every filter keeps. `filters`: dim -> category. */
export function sieve(count: number, all: Dim[], filters: Record<string, number>): number[] {
  const asked = all.filter((dim) => filters[dim.id] !== undefined);
  const out: number[] = [];
  for (let i = 0; i < count; i++) if (asked.every((dim) => dim.of[i] === filters[dim.id])) out.push(i);
  return out;
}

export interface Line {
  k: number;
  name: string;
  colour: string;
  count: number;
  power_kw: number | null;
  bad: number;
  unknown: number;
}

/** One line a category that has luminaires: how many, known power, and how they stand before the rule. */
export function lines(data: Parc, dim: Dim, judged: Dim, kept: number[]): Line[] {
  const out = dim.names.map((name, k): Line => ({ k, name, colour: dim.colours[k]!, count: 0, power_kw: null, bad: 0, unknown: 0 }));
  for (const i of kept) {
    const line = out[dim.of[i]!]!;
    line.count += 1;
    const power = data.power_w[i] ?? null;
    if (power !== null) line.power_kw = (line.power_kw ?? 0) + power / 1000;
    const state = STATE_ORDER[judged.of[i]!];
    if (state === 'non_conforme') line.bad += 1;
    else if (state === 'inconnu') line.unknown += 1;
  }
  return out.filter((line) => line.count > 0);
}

/** What the map draws: one point a luminaire kept and placed, with its category `c`. */
export function dots(data: Parc, dim: Dim, kept: number[]): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] = [];
  for (const i of kept) {
    const [x, y] = [data.lon[i], data.lat[i]];
    if (x === null || x === undefined || y === null || y === undefined) continue;
    features.push({ type: 'Feature', geometry: { type: 'Point', coordinates: [x, y] }, properties: { id: data.ids[i]!, c: dim.of[i]! } });
  }
  return { type: 'FeatureCollection', features };
}

/** Where the luminaires are, but for the few that stand far from the others. */
export function bounds(data: Parc): [number, number, number, number] | null {
  const ends = (values: (number | null)[]): [number, number] | null => {
    const known = values.filter((one): one is number => one !== null).sort((a, b) => a - b);
    return known.length ? [known[Math.floor(0.002 * known.length)]!, known[Math.ceil(0.998 * known.length) - 1]!] : null;
  };
  const [x, y] = [ends(data.lon), ends(data.lat)];
  return x && y && [x[0], y[0], x[1], y[1]];
}

/** The luminaires kept, as a file for a spreadsheet. */
export function csv(data: Parc, all: Dim[], kept: number[]): Blob {
  const shown = all.filter((dim) => dim.id !== 'puissance' && dim.id !== 'age');
  const titles = ['id', texts.point, ...shown.map((dim) => dim.title), texts.dims.puissance!, texts.dims.age!, 'longitude', 'latitude'];
  const rows = kept.map((i) => [
    data.ids[i], data.codes[i], ...shown.map((dim) => dim.names[dim.of[i]!]!), data.power_w[i], data.year[i], data.lon[i], data.lat[i],
  ]);
  return csvOf(titles, rows);
}

export const kilowatts = (value: number | null): string => (value === null ? texts.unknown : number(value, 1));
