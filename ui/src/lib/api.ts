/** Typed calls to the twin. Addresses are relative to the page: nothing leaves its origin. */

import { texts } from '../texts';
import type { Actif, Commit, Communes, Couche, Etat, Indicateurs, Origin, PageActifs, Programme, Scalar } from './types';

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

type Query = Record<string, string | number | null | undefined>;

export function address(path: string, query: Query = {}): string {
  const url = new URL(path, document.baseURI);
  url.hash = '';
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') url.searchParams.set(key, String(value));
  }
  return url.href;
}

export const tiles = (layer: string): string => new URL('.', document.baseURI).href + `tuiles/${layer}/{z}/{x}/{y}.mvt`;

async function call<T>(path: string, init: RequestInit = {}, query: Query = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(address(path, query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(texts.errors.unreachable, 0);
  }
  if (!answer.ok) throw new ApiError(await reason(answer), answer.status);
  return (await answer.json()) as T;
}

async function reason(answer: Response): Promise<string> {
  try {
    const body = (await answer.json()) as Record<string, unknown>;
    for (const key of ['message', 'detail', 'title', 'erreur']) {
      if (typeof body[key] === 'string') return body[key];
    }
  } catch {
    /* not JSON: the status says what is known */
  }
  return texts.errors.status(answer.status);
}

const json = (method: string, body: unknown): RequestInit => ({
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
  expect: string | null;
}

export const api = {
  etat: (signal?: AbortSignal) => call<Etat>('api/etat', { signal }),
  couches: (signal?: AbortSignal) => call<Couche[]>('api/couches', { signal }),
  actifs: (layer: string, query: Query, signal?: AbortSignal) =>
    call<PageActifs>(`api/couches/${encodeURIComponent(layer)}/actifs`, { signal }, query),
  actif: (layer: string, id: string, signal?: AbortSignal) => call<Actif>(asset(layer, id), { signal }),
  modifier: (layer: string, id: string, change: Change) =>
    call<{ commit: string }>(asset(layer, id), json('PATCH', change)),
  annuler: (commit: string) =>
    call<{ commit: string }>(`api/commits/${encodeURIComponent(commit)}/annulation`, json('POST', {})),
  commits: (limit: number, signal?: AbortSignal) =>
    call<Commit[] | { commits: Commit[] } | { rows: Commit[] }>('api/commits', { signal }, { limit }).then((found) =>
      Array.isArray(found) ? found : 'commits' in found ? found.commits : found.rows,
    ),
  indicateurs: (champ: string, signal?: AbortSignal) => call<Indicateurs>('api/indicateurs', { signal }, { champ }),
  communes: (signal?: AbortSignal) => call<Communes>('api/communes.geojson', { signal }),
  programme: (signal?: AbortSignal) => call<Programme>('api/programme', { signal }),
};
