/** Purchases and follow-up, as the twin answers them. */

import { absent, address, call, json } from './api';
import type { Scalar } from './types';

export interface PurchaseLine {
  id: string;
  subject: string;
  first_year: number;
  last_year: number;
  members: number;
  eur: number;
  procedure: string | null;
  heavier: number;
}

export interface Volume {
  need: string;
  title: string;
  unit: string;
  purchase: string;
  years: number[];
  owners: number;
  quantity: number;
  euros: number;
}

export interface Purchases {
  purchases: PurchaseLine[];
  volumes: Volume[];
  withheld: string[];
}

export interface Member {
  owner: string;
  nom: string;
  actions: number;
  eur: number;
  low: number;
  high: number;
  alone: string | null;
  alone_eur: number | null;
  pays_eur: number | null;
  key: number | null;
}

export interface Purchase {
  id: string;
  subject: string;
  members: Member[];
  procedure: string | null;
  publicity: string | null;
  sure: boolean;
  eur: number;
  months_low: number | null;
  months_high: number | null;
  heavier: number;
  works_on: string | null;
  starts_on: string | null;
  at_latest: string | null;
  late: boolean | null;
  from_today: boolean | null;
  soonest: string | null;
  prudent: string | null;
  steps: { title: string; from: string; to: string }[];
  forms: { title: string; decision: string; reasons: string[] }[];
  share_rule: string | null;
  share_notes: string[];
  papers: { name: string; title: string }[];
}

export type Followed = Record<string, Scalar> & { action: string; title: string; owner: string; state: string; planned_year: number };

export interface Account {
  owner: string;
  actions: number;
  planned_eur: number;
  real_eur: number;
  ordered_eur: number;
  unspent_eur: number;
  late: number;
}

export interface Board {
  actions: Followed[];
  accounts: Account[];
  reminders: { action: string; owner: string; kind: string; due_on: string; late: boolean; text: string }[];
  faults: { action: string; text: string }[];
  names: Record<string, string>;
}

/** A need in public records. low, median, high: unit costs; catalogue: of the actions offered; amount: of a whole record. */
export interface Cost {
  need: string;
  title: string;
  unit: string;
  records: number;
  with_quantity: number;
  outliers: number;
  amount: number | null;
  low: number | null;
  median: number | null;
  high: number | null;
  catalogue_low: number | null;
  catalogue_high: number | null;
  word: string;
}

export interface CostRecord {
  record: string;
  text: string;
  amount: number;
  quantity: number | null;
  unit: number | null;
  outlier: boolean;
}

export interface Asked {
  travaux?: string;
  coordonnateur?: string;
  cle?: string;
}

const one = (id: string): string => `api/achats/${encodeURIComponent(id)}`;

export const market = {
  purchases: (signal?: AbortSignal) => call<Purchases>('api/achats', { signal }).catch(absent),
  purchase: (id: string, asked: Asked, signal?: AbortSignal) => call<Purchase>(one(id), { signal }, { ...asked }),
  paper: (id: string, name: string, kind: string, asked: Asked) => address(`${one(id)}/pieces/${name}.${kind}`, { ...asked }),
  costs: (signal?: AbortSignal) => call<Cost[]>('api/couts', { signal }).catch(absent),
  costRecords: (need: string, signal?: AbortSignal) => call<{ records: CostRecord[]; total: number }>('api/couts/constats', { signal }, { besoin: need }),
  board: (signal?: AbortSignal) => call<Board>('api/suivi', { signal }),
  start: () => call<{ actions: number }>('api/suivi', json('POST', {})),
  say: (action: string, changes: Record<string, Scalar>) =>
    call<{ commit: number }>(`api/suivi/${encodeURIComponent(action)}`, json('PATCH', { changes })),
};
