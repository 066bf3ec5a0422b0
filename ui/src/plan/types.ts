/** Answers of `/api/programme/...`. */

export interface Lot {
  lot: string;
  year: number;
  unit: string;
  actions: number;
  owners: number;
  volume: number;
  list_eur: number;
  rebate: number;
  saved_eur: number;
  next_volume: number | null;
  next_rebate: number | null;
}

export interface Part {
  owner: string;
  nom: string;
  alone_eur: number;
  proportional_eur: number;
  shapley_eur: number;
  shapley_error_eur: number;
  nucleolus_eur: number | null;
  stays_for_eur: number;
}

export interface Commun {
  lots: Lot[];
  grants: { envelope: string; year: number; amount: number }[];
  total: number;
  alone: number;
  owners: Part[];
  notes: string[];
}

export interface Limite {
  kind: string;
  what: string;
  nom: string;
  year: number | null;
  price: number;
  text: string;
}

export interface Explication {
  action: string;
  title: string;
  owner_nom: string;
  year: number | null;
  text: string[];
  years: { year: number; gain: number | null; blocked: string[]; missing_eur: number }[];
}

interface Tried {
  gain: number;
  bound: number;
  gap: number | null;
  cost: number | null;
  actions: number;
}

export interface Essai {
  now: Tried;
  trial: Tried;
  changes: { added: number; dropped: number; moved: number };
  years: { year: number; now: number; trial: number }[];
}

export interface Point {
  saving: number;
  gain_eur: number;
  cost_eur: number;
  actions: number;
  price_eur: number | null;
}

export interface Front {
  unit: string;
  points: Point[];
}

export interface Good {
  id: string;
  title: string;
  unit: string;
}

/** Accounts of an owner [€]; null where the accounts do not say. */
export interface Comptes {
  year: number;
  income: number;
  spending: number;
  gross: number;
  net: number | null;
  debt: number | null;
  debt_years: number | null;
}

export interface Moyens {
  owner: string;
  accounts: Comptes | null;
  own: number;
  peak_year: number | null;
  peak: number | null;
  saved: number | null;
}

export interface MoyensDetail extends Moyens {
  years: { year: number; own: number }[];
  after: Comptes | null;
  annuity: number | null;
  rate: number | null;
  rate_source: string | null;
  loan: number;
  loan_years: number;
  decision: string | null;
  verdict: string | null;
}

/** What a trial may change. price: today's, null when it moves from year to year. */
export interface Curseurs {
  prices: { id: string; title: string; price: number | null; unit: string }[];
  envelopes: { name: string; amount: number }[];
  owners: { id: string; nom: string; budget: number | null }[];
}
