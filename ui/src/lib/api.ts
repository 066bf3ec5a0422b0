/** Typed calls to the twin. Addresses are relative to the page: nothing leaves its origin. */

import { texts } from '../texts';
import { moment } from './route.svelte';
import { readable, readableEffects, readableIndicators } from './ratio';
import type { Actif, ActionProgramme, Change409, Commit, Communes, Couche, Ecartees, Etat, Financement, Indicateurs, Origin, PageActifs, Programme, Scalar } from './types';

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly changed: Change409[] = [],
    /** What the request may change to be taken. */
    readonly field = '',
  ) {
    super(message);
  }
}

type Query = Record<string, string | number | null | undefined | string[]>;

export function address(path: string, query: Query = {}): string {
  const url = new URL(path, document.baseURI);
  url.hash = '';
  for (const [key, value] of Object.entries({ ...moment(), ...query })) {
    if (Array.isArray(value)) for (const one of value) url.searchParams.append(key, one);
    else if (value !== null && value !== undefined && value !== '') url.searchParams.set(key, String(value));
  }
  return url.href;
}

export const tiles = (layer: string): string =>
  new URL('.', document.baseURI).href + `tuiles/${layer}/{z}/{x}/{y}.mvt` + new URL(address('.')).search;

export async function call<T>(path: string, init: RequestInit = {}, query: Query = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(address(path, query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(texts.errors.unreachable, 0);
  }
  if (!answer.ok) throw await refusal(answer);
  return (await answer.json()) as T;
}

async function refusal(answer: Response): Promise<ApiError> {
  const body = (await answer.json().catch(() => ({}))) as { message?: unknown; changed?: Change409[]; incident?: unknown; field?: string };
  const said = typeof body.message === 'string' ? body.message : texts.errors.status(answer.status);
  const message = body.incident ? texts.errors.incident(said, String(body.incident)) : said;
  return new ApiError(message, answer.status, body.changed ?? [], body.field ?? '');
}

export const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

const asset = (layer: string, id: string): string =>
  `api/couches/${encodeURIComponent(layer)}/actifs/${encodeURIComponent(id)}`;

export interface Change {
  changes: Record<string, Scalar>;
  origin: Origin;
  message: string;
  expect: number;
}

const shown = (action: ActionProgramme): ActionProgramme => ({ ...action, effects: readableEffects(action.effects) });

/** What was never computed is no error: null stands for it. */
export function absent(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

export const api = {
  etat: (signal?: AbortSignal) => call<Etat>('api/etat', { signal }),
  couches: (signal?: AbortSignal) => call<Couche[]>('api/couches', { signal }),
  actifs: (layer: string, query: Query, signal?: AbortSignal) =>
    call<PageActifs>(`api/couches/${encodeURIComponent(layer)}/actifs`, { signal }, query),
  actif: (layer: string, id: string, signal?: AbortSignal) => call<Actif>(asset(layer, id), { signal }).then((found) => ({ ...found, indicators: found.indicators.map(readable) })),
  modifier: (layer: string, id: string, change: Change) =>
    call<{ commit: number }>(asset(layer, id), json('PATCH', change)),
  annuler: (commit: number) =>
    call<{ commit: number }>(`api/commits/${commit}/annulation`, json('POST', {})),
  commits: (limit: number, signal?: AbortSignal) => call<Commit[]>('api/commits', { signal }, { limit }),
  indicateurs: (champ: string, signal?: AbortSignal) => call<Indicateurs>('api/indicateurs', { signal }, { champ }).then(readableIndicators),
  communes: (signal?: AbortSignal) => call<Communes>('api/communes.geojson', { signal }),
  ecartees: (query: Query, signal?: AbortSignal) => call<Ecartees>('api/programme/ecartees', { signal }, query).then((found) => ({ ...found, actions: found.actions.map(shown) })),
  programme: (signal?: AbortSignal) =>
    call<Programme>('api/programme', { signal }).then(
      (found) => ({ ...found, actions: found.actions.map(shown), totals: readableEffects(found.totals) }),
    ).catch(absent),
  financement: (signal?: AbortSignal) => call<Financement>('api/financement', { signal }).catch(absent),
};
