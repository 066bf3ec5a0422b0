/** Sums of a programme for its chart and tables. Only means are added: a range is never the sum of ranges. */

import { texts } from '../texts';
import type { Programme, Proprietaire } from './types';

export interface Line {
  key: string;
  name: string;
  budget: number | null;
  spent: number;
  hypothesis: 'yes' | 'part' | 'no';
  parts: number[];
}

export const SERIES = 6;

const spending = (owner: Proprietaire): number => owner.budgets.reduce((sum, one) => sum + one.spent, 0);

/** Owners that get their own colour, the largest first; the rest is one series. */
export function series(owners: Proprietaire[]): { shown: Proprietaire[]; names: string[] } {
  const ordered = [...owners].filter((one) => spending(one) > 0).sort((a, b) => spending(b) - spending(a));
  const shown = ordered.slice(0, ordered.length > SERIES + 1 ? SERIES : SERIES + 1);
  const names = shown.map((one) => one.nom);
  if (ordered.length > shown.length) names.push(texts.programme.others);
  return { shown, names };
}

function label(hypotheses: number, count: number): Line['hypothesis'] {
  if (hypotheses === 0) return 'no';
  return hypotheses === count ? 'yes' : 'part';
}

/** One line a year; the budget is unknown as soon as one owner's is. `parts` follows `series`. */
export function byYear(programme: Programme, owners: Proprietaire[]): Line[] {
  const { shown, names } = series(owners);
  const rank = new Map(shown.map((one, k) => [one.id, k]));
  return programme.years.map((year) => {
    const line: Line = { key: String(year), name: String(year), budget: 0, spent: 0, hypothesis: 'no', parts: names.map(() => 0) };
    let hypotheses = 0;
    let count = 0;
    for (const owner of owners) {
      const one = owner.budgets.find((budget) => budget.year === year);
      if (!one) continue;
      count += 1;
      hypotheses += one.hypothesis ? 1 : 0;
      line.spent += one.spent;
      line.budget = line.budget === null || one.budget === null ? null : line.budget + one.budget;
      if (one.spent > 0) line.parts[rank.get(owner.id) ?? names.length - 1]! += one.spent;
    }
    line.hypothesis = label(hypotheses, count);
    return line;
  });
}

export function byOwner(owners: Proprietaire[]): Line[] {
  return owners.map((owner) => ({
    key: owner.id,
    name: owner.nom,
    budget: owner.budgets.some((one) => one.budget === null) ? null : owner.budgets.reduce((sum, one) => sum + (one.budget ?? 0), 0),
    spent: spending(owner),
    hypothesis: label(owner.budgets.filter((one) => one.hypothesis).length, owner.budgets.length),
    parts: [],
  }));
}
