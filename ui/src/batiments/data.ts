/** Buildings of a commune as the twin gives them, and how they are coloured. */

import { address, ApiError } from '../lib/api';
import { breaks, classOf, colours, UNKNOWN, UNKNOWN_COLOUR } from '../lib/classes';
import { number, percent } from '../lib/format';
import { texts as common } from '../texts';
import { texts } from '../texts/batiments';

export interface Building {
  id: string;
  label: string;
  usage: string | null;
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
}

export interface Element {
  element: 'wall' | 'roof' | 'floor' | 'window';
  done: boolean;
  area: Range;
  u: Range;
}

export interface Sheet {
  id: string;
  energy: Range | null;
  label: string | null;
  label_computed: boolean;
  bill: number | null;
  model: Range | null;
  envelope: Element[];
  steps: Step[];
  duties: Duty[];
}

type Columns = Record<'outdoor_c' | 'heat_kw' | 'heat_kw_low' | 'heat_kw_high' | 'cooling_kw' | 'free_c' | 'solar_kw' | 'electricity_kw', number[]>;

export interface Hours {
  days: Columns;
  cold: Columns & { start_h: number };
  hot: Columns & { start_h: number };
  heat_kwh: Range;
  peak_kw: number;
  hot_hours: number;
  cop: number;
  solar: { kw: number; kwh: number; used: number };
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
  buildings: string[];
}

export interface Yearly {
  year: number;
  kwh: number | null;
  path_kwh: number | null;
  gap_kwh: number | null;
  sites?: number;
  unknown?: number;
}

export interface Entity {
  entity: string;
  name: string;
  owner: string;
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

export interface Stock {
  duties: Deadline[];
  tertiary: { step: number; years: number[]; entities: Entity[]; pools: Pooled[] };
  undeclared: { id: string; label: string; usage: string | null; floor: number; floor_known: boolean; energy: Range | null }[];
}

async function get<T>(path: string, query: Record<string, string>, signal: AbortSignal): Promise<T> {
  const reply = await fetch(address(path, query), { signal });
  if (reply.ok) return (await reply.json()) as T;
  const said = (await reply.json().catch(() => ({}))) as { message?: string };
  throw new ApiError(said.message ?? common.errors.status(reply.status), reply.status);
}

export const buildings = (commune: string, signal: AbortSignal): Promise<{ rows: Building[] }> => get('api/batiments', { commune }, signal);
export const stock = (commune: string, signal: AbortSignal): Promise<Stock> => get('api/batiments/parc', { commune }, signal);
export const hours = (id: string, signal: AbortSignal): Promise<Hours | null> => get(`api/batiments/${encodeURIComponent(id)}/courbe`, {}, signal);
export const sheet = (id: string, signal: AbortSignal): Promise<Sheet> => get(`api/batiments/${encodeURIComponent(id)}`, {}, signal);

export type Mode = 'dpe' | 'per_m2' | 'potential' | 'doubt';
export const MODES: Mode[] = ['dpe', 'per_m2', 'potential', 'doubt'];
const LABELS = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];
const LABEL_COLOURS = ['#1a7f4b', '#5a9e3a', '#a3b52c', '#e0c12a', '#dd8f2a', '#cc5a2b', '#a3242c'];

export interface Painted {
  colour: (row: Building) => string;
  legend: { colour: string; text: string }[];
}

/** Colours and legend of a mode over the shown buildings. */
export function paint(rows: Building[], mode: Mode): Painted {
  const none = { colour: UNKNOWN_COLOUR, text: texts.unknown };
  if (mode === 'dpe') {
    const of = (row: Building): string => LABEL_COLOURS[LABELS.indexOf(row.dpe ?? '')] ?? UNKNOWN_COLOUR;
    return { colour: of, legend: [...LABELS.map((text, k) => ({ colour: LABEL_COLOURS[k]!, text })), none] };
  }
  const bounds = breaks(rows.map((row) => row[mode]).filter((value): value is number => value !== null));
  const ramp = colours(bounds.length + 1);
  const shown = (value: number): string => (mode === 'per_m2' ? number(value, 0) : percent(value));
  const legend = ramp.map((colour, k) => ({
    colour,
    text: k === 0 ? (bounds[0] === undefined ? '' : `< ${shown(bounds[0])}`) : `≥ ${shown(bounds[k - 1]!)}`,
  }));
  const of = (row: Building): string => {
    const k = classOf(row[mode], bounds);
    return k === UNKNOWN ? UNKNOWN_COLOUR : ramp[k]!;
  };
  return { colour: of, legend: [...legend, none] };
}
