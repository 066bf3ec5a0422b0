/** Numbers, ranges, dates as a French reader expects them. */

import { texts } from '../texts';
import type { Range, Scalar } from './types';

const cache = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let found = cache.get(key);
  if (!found) cache.set(key, (found = new Intl.NumberFormat('fr-FR', options)));
  return found;
}

export function number(value: number | null | undefined, decimals: number | null = null, unit = ''): string {
  if (value === null || value === undefined || Number.isNaN(value)) return texts.unknown;
  if (unit === 'année') return formatter({ useGrouping: false, maximumFractionDigits: 0 }).format(value);
  const digits = decimals ?? (Math.abs(value) >= 100 ? 0 : 2);
  return formatter({ maximumFractionDigits: digits, minimumFractionDigits: 0 }).format(value).replace('-', '−');
}

export const percent = (ratio: number, decimals = 0): string =>
  formatter({ style: 'percent', maximumFractionDigits: decimals }).format(ratio);

export const compact = (value: number): string =>
  formatter({ notation: 'compact', compactDisplay: 'short', maximumSignificantDigits: 3 }).format(value);

/** A sum known only to a few per cent, at three figures: « 3 650 000 ». */
export const about = (value: number | null | undefined): string =>
  value === null || value === undefined || Number.isNaN(value) ? texts.unknown : formatter({ maximumSignificantDigits: 3 }).format(value).replace('-', '−');

export const euros = (value: number | null | undefined): string =>
  value === null || value === undefined ? texts.unknown : `${number(value, 0)}\u00a0€`;

/** « 37 points », « 1 armoire », « 12 m² »: whole French words take their plural. */
const SAID: Record<string, string> = {
  m2: 'm²', m3: 'm³', prelocalisateur: 'prélocalisateur', batiment: 'bâtiment', etude: 'étude',
};

export function quantity(value: number | null, unit: string): string {
  const said = SAID[unit] ?? unit;
  const [head = '', ...rest] = said.split('/');
  const word = /^[a-zà-ÿ]{4,}$/.test(head) && !/[sx]$/.test(head) && Math.abs(value ?? 0) >= 2 ? `${head}s` : head;
  return withUnit(value, [word, ...rest].join('/'), 0);
}

/** A text that begins a line. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const SILENT = new Set(['', 'année']);

export function withUnit(value: number | null | undefined, unit: string, decimals: number | null = null): string {
  if (value === null || value === undefined) return texts.unknown;
  if (unit === 'ratio') return percent(value, Math.max(0, (decimals ?? 2) - 2));
  return SILENT.has(unit) ? number(value, decimals, unit) : `${number(value, decimals, unit)}\u00a0${unit}`;
}

/** « 980 à 1 560 », « au moins 980 » where one bound is unknown, nothing where both are or where they are equal. */
export function bounds(range: Range, decimals: number | null = null): string {
  if (range.low === null && range.high === null) return '';
  if (range.high === null) return texts.atLeast(number(range.low, decimals));
  if (range.low === null) return texts.atMost(number(range.high, decimals));
  const low = number(range.low, decimals);
  const high = number(range.high, decimals);
  return low === high ? '' : texts.range(low, high);
}

export function estimate(range: Range, unit: string, decimals: number | null = null): string {
  const span = bounds(range, decimals);
  const value = withUnit(range.value, unit, decimals);
  return span && range.value !== null ? `${value} (${span})` : value;
}

export function scalar(value: Scalar, unit = '', decimals: number | null = null): string {
  if (value === null || value === '') return texts.unknown;
  if (typeof value === 'boolean') return value ? texts.yes : texts.no;
  if (typeof value === 'number') return withUnit(value, unit, decimals);
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return date(value);
  return texts.choices[value] ?? value;
}

export function date(value: string): string {
  const day = new Date(value.length === 10 ? `${value}T12:00:00` : value);
  return Number.isNaN(day.getTime()) ? value : day.toLocaleDateString('fr-FR', { dateStyle: 'long' }).replace(/^1 /, '1er ');
}

export function instant(value: string): string {
  const time = new Date(value);
  return Number.isNaN(time.getTime())
    ? value
    : time.toLocaleString('fr-FR', { dateStyle: 'medium', timeStyle: 'short' });
}

/** A number typed by a French hand: « 1 234,5 ». NaN where it is not one. */
export function parseNumber(text: string): number {
  const clean = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.');
  return clean === '' ? NaN : Number(clean);
}
