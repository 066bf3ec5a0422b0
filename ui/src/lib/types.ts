/** What the API says; names and shapes are those of docs/api.md. */

export type Origin = 'measured' | 'declared' | 'inferred' | 'default' | 'unknown';
export type Scalar = string | number | boolean | null;

export interface Range {
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface Etat {
  version: string;
  synthetic: boolean;
  territory: { name: string; bbox: [number, number, number, number] | null; communes: number };
  actor: { id: string; name: string; rights: string[] };
  read_only?: boolean;
  head: number;
  /** What is looked at: past when it is not the present, and then nothing can be written. */
  moment: { branch: string; at: string | null; as_of: string | null; past: boolean };
  sources: Source[];
  fields: string[];
}

export interface Source {
  id: string;
  title: string;
  licence: string;
  vintage: string;
  synthetic: boolean;
}

export interface Champ {
  name: string;
  type: 'text' | 'choice' | 'commune' | 'id' | 'integer' | 'number' | 'boolean' | 'date';
  unit: string;
  decimals: number | null;
  description: string;
  choices: string[];
}

export interface Couche {
  name: string;
  title: string;
  geometry: 'point' | 'line' | 'polygon' | 'none';
  field: string;
  count: number;
  fields: Champ[];
}

export interface LigneActif {
  id: string;
  label: string;
  commune: string | null;
  values: Record<string, Scalar>;
}

export interface PageActifs {
  rows: LigneActif[];
  total: number;
  next: string | null;
}

/** Where a value was read, as the sheet of an asset names it. */
export interface SourceCourte {
  id: string;
  title: string;
  licence: string;
}

export interface Alternative {
  value: Scalar;
  origin: Origin;
  source: SourceCourte | null;
  commit: number;
  instant: string;
  author: string;
  winning: boolean;
  taken_back?: boolean;
}

export interface Valeur {
  attribute: string;
  description: string;
  unit: string;
  decimals: number | null;
  type: Champ['type'];
  choices: string[];
  value: Scalar;
  origin: Origin;
  source: SourceCourte | null;
  editable: boolean;
  alternatives: Alternative[];
}

export interface IndicateurActif extends Range {
  name: string;
  title: string;
  unit: string;
  decimals: number | null;
  origin: Origin;
}

export interface Actif {
  id: string;
  layer: string;
  label: string;
  geometry: GeoJSON.Geometry | null;
  head: number;
  values: Valeur[];
  indicators: IndicateurActif[];
}

export interface Commit {
  id: number;
  instant: string;
  author: string;
  message: string;
  kind: string;
  layers: string[];
  revertible: boolean;
  taken_back?: boolean;
}

export type Shares = Record<Origin, number>;

export interface Mesure extends Range {
  known: number;
  unknown: number;
  shares: Shares;
}

export interface Indicateur {
  name: string;
  title: string;
  unit: string;
  decimals: number | null;
  description: string;
  source: string;
  better: 'lower' | 'higher';
  /** `sum`, or the ratio of two indicators, which is not divided by a population. */
  total?: string;
}

export interface CommuneIndicateurs {
  code: string;
  nom: string;
  indicators: Record<string, Mesure>;
}

export interface Indicateurs {
  indicators: Indicateur[];
  communes: CommuneIndicateurs[];
  total: Record<string, Mesure> | null;
}

export interface Budget {
  year: number;
  budget: number | null;
  spent: number;
  hypothesis: boolean;
}

export interface Proprietaire {
  id: string;
  nom: string;
  budgets: Budget[];
}

export interface Effet extends Range {
  indicator: string;
  title: string;
  unit: string;
}

export interface ActionProgramme {
  id: string;
  field: string;
  kind: string;
  title: string;
  commune: string | null;
  owner: string;
  owner_nom: string;
  year: number | null;
  reason: string | null;
  quantity: number;
  unit: string;
  cost: Range & { unit: string; source: string };
  effects: Effet[];
}

export interface Partage {
  id: string;
  title: string;
  owner: string;
  owner_nom: string;
  year: number;
  cost: number | null;
  places: number;
  users: { id: string; title: string; owner: string; owner_nom: string; field: string; year: number; used: number }[];
}

export interface Programme {
  first_year: number;
  years: number[];
  status: string;
  objective: number | null;
  bound: number | null;
  gap: number | null;
  owners: Proprietaire[];
  /** Those that were chosen. */
  actions: ActionProgramme[];
  /** Equipment paid once that several owners or fields use. */
  shared?: Partage[];
  left_out: { owner: string; field: string; count: number }[];
  totals: Effet[];
  caveats?: string[];
}

export interface LigneFinancement {
  kind: 'aid' | 'certificate' | 'fctva' | 'tva' | 'loan';
  label: string;
  payer: string;
  low_cents: number;
  cents: number;
  high_cents: number;
  rule: string | null;
  rule_title: string | null;
  reference: string;
  confidence: string | null;
  checked_on: string | null;
  stale: boolean;
}

export interface PlanFinancement {
  cost_cents: number;
  vat_cents: number;
  lines: LigneFinancement[];
  own_cents: number;
  own_low_cents: number;
  own_high_cents: number;
  balance_cents: number;
}

export interface AConfirmer {
  rule: string;
  rule_title: string;
  payer: string;
  missing: string[];
  actions: number;
}

export interface PlanProprietaire extends PlanFinancement {
  id: string;
  nom: string;
  to_confirm: AConfirmer[];
}

/** Who pays, in whole cents of a cost with tax. */
export interface Financement {
  on: string;
  owners: PlanProprietaire[];
  total: PlanFinancement | null;
  warnings: string[];
}

/** What a refused write says beside its message. */
export interface Change409 {
  attribute: string;
  before: Scalar;
  after: Scalar;
}

export interface Ecartees {
  actions: ActionProgramme[];
  total: number;
}

export type Communes = GeoJSON.FeatureCollection<GeoJSON.Geometry, Record<string, Scalar>>;
