/** What the panel of ageing and forecast asks of the twin. */

import { call } from '../lib/api';
import type { Triple } from './energie';

export interface Worn {
  technology: string;
  luminaires: number;
  aged: number;
  age_y: number | null;
  kept: Triple;
  remaining_y: number | null;
  overdue: number;
}

export interface Ageing {
  luminaires: number;
  ageless: number;
  years: number[];
  due: number[];
  technologies: Worn[];
}

export interface Month {
  month: string;
  value: number;
  low: number;
  high: number;
}

export interface Future {
  ageing: Ageing;
  service_y: Record<string, [number, number, number]>;
  yearly: Record<string, Triple>;
  months: Month[];
  billed: { cabinets: number; lag: number; amplitude: number; correlation: number; past: [string, number][]; months: Month[] } | null;
  notes: string[];
}

export const avenir = (commune: string, signal: AbortSignal): Promise<Future> => call<Future>(`api/eclairage/${encodeURIComponent(commune)}/avenir`, { signal });

/** « mars 2027 » of `2027-03`. */
export function monthName(month: string, style: 'long' | 'short' = 'long'): string {
  return new Date(`${month}-15T12:00:00`).toLocaleDateString('fr-FR', { month: style, year: style === 'long' ? 'numeric' : '2-digit' });
}
