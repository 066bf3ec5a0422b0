/** Who pays, in euros: the parts of a bar and of a row, always in the same order. */

import { texts } from '../texts';
import type { LigneFinancement, PlanProprietaire } from './types';

export const PARTS = ['aid', 'certificate', 'tax', 'loan', 'own'] as const;
export type Part = (typeof PARTS)[number];

export interface Share {
  key: string;
  name: string;
  cost: number;
  own: { value: number; low: number; high: number };
  parts: Record<Part, number>;
}

const part = (line: LigneFinancement): Part => (line.kind === 'fctva' || line.kind === 'tva' ? 'tax' : line.kind);

/** One row an owner, the dearest first. Sums are of whole cents, so that nothing is lost before the division. */
export function shares(plans: PlanProprietaire[]): Share[] {
  return plans.map(share).sort((a, b) => b.cost - a.cost || a.name.localeCompare(b.name, 'fr'));
}

function share(plan: PlanProprietaire): Share {
  const cents: Record<Part, number> = { aid: 0, certificate: 0, tax: 0, loan: 0, own: plan.own_cents };
  for (const line of plan.lines) cents[part(line)] += line.cents;
  const own = { value: plan.own_cents / 100, low: plan.own_low_cents / 100, high: plan.own_high_cents / 100 };
  const parts = Object.fromEntries(PARTS.map((one) => [one, cents[one] / 100])) as Record<Part, number>;
  return { key: plan.id, name: plan.nom, cost: plan.cost_cents / 100, own, parts };
}

/** What a bar says to who does not see it. */
export function said(row: Share, money: (value: number) => string): string {
  const kept = PARTS.filter((one) => row.parts[one] > 0).map((one) => `${texts.financing.parts[one].toLowerCase()} ${money(row.parts[one])}`);
  return `${row.name}, ${money(row.cost)} : ${kept.join(', ')}`;
}
