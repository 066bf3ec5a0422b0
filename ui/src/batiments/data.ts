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
  missing: string[];
}

export interface Sheet {
  id: string;
  energy: Range | null;
  label: string | null;
  steps: Step[];
  duties: Duty[];
}

async function get<T>(path: string, query: Record<string, string>, signal: AbortSignal): Promise<T> {
  const reply = await fetch(address(path, query), { signal });
  if (reply.ok) return (await reply.json()) as T;
  const said = (await reply.json().catch(() => ({}))) as { message?: string };
  throw new ApiError(said.message ?? common.errors.status(reply.status), reply.status);
}

export const buildings = (commune: string, signal: AbortSignal): Promise<{ rows: Building[] }> => get('api/batiments', { commune }, signal);
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
