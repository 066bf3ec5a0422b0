/** Calls of everyday editing, scenarios, round trip and searches; shapes are those of docs/api.md. */

import { address, call, json } from './api';
import type { Origin, Scalar } from './types';

export interface Branche { name: string; head: number; ahead: number; last: string | null; author: string }
export interface Ecart { attribute: string; description: string; unit: string; decimals: number | null; before: Scalar; after: Scalar }
export interface Changement {
  layer: string; asset: string; label: string; commune: string | null; kind: 'added' | 'removed' | 'moved' | 'changed';
  values: Ecart[]; moved_m: number | null; size_before: number | null; size_after: number | null; before: GeoJSON.Geometry | null; after: GeoJSON.Geometry | null;
}
export interface Comparaison { totals: Record<string, number>; total: number; changes: Changement[] }
export interface Cote { value: Scalar; geometry: GeoJSON.Geometry | null; source: string; origin: Origin; author: string; instant: string | null }
export interface Conflit {
  layer: string; asset: string; label: string; commune: string | null; attribute: string; description: string; unit: string;
  decimals: number | null; ours: Cote; theirs: Cote;
}
export interface Choix { layer: string; asset: string; attribute: string; keep: string }
export interface Piece { id: string; label: string; filename: string; media_type: string; size_bytes: number }
export interface Etape {
  commit: number; instant: string | null; author: string; message: string; kind: string; branch: string; source: string;
  values: { attribute: string; description: string; unit: string; decimals: number | null; value: Scalar }[];
  taken: string[]; erased: string[]; undone: boolean;
}
export interface Trouve { layer: string; id: string; label: string; commune: string | null; why: string }
export interface Adresse { label: string; score: number; longitude: number; latitude: number; commune: string | null }
export interface Filtre { layer: string; q?: string; commune?: string | null; where?: string[] }
export interface Selection { id: string; label: string; filter: Filtre }
export interface Retour {
  file: string; commune: string; assets: number; same: number; total: number; counts: Record<string, number>; notes: string[];
  problems: { layer: string; row: number; field: string; value: string; reason: string }[];
  lines: {
    key: string; kind: 'changed' | 'added' | 'removed'; layer: string; asset: string; label: string; row: number; attribute: string;
    description: string; unit: string; before: Scalar; after: Scalar | Record<string, Scalar>; now: Scalar; conflict: boolean;
  }[];
}
export interface Desaccord {
  asset: string; label: string; commune: string | null; attribute: string; description: string; unit: string; decimals: number | null;
  value: Scalar; source: string; source_id: string; other_value: Scalar; other_source: string; other_source_id: string;
}
export interface Rang { id: string; title: string; rank: number; editable: boolean }
interface Ecrit { commit: number }

const layerPath = (layer: string): string => `api/couches/${encodeURIComponent(layer)}`;
const assetPath = (layer: string, id: string): string => `${layerPath(layer)}/actifs/${encodeURIComponent(id)}`;
const branch = (name: string): string => `api/branches/${encodeURIComponent(name)}`;
export const binary = (body: Blob): RequestInit => ({ method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body });

export const people = {
  branches: (signal?: AbortSignal) => call<Branche[]>('api/branches', { signal }),
  create: (name: string, source: string) => call<{ name: string }>('api/branches', json('POST', { name, source })),
  compare: (avant: string, apres: string, commune: string, signal?: AbortSignal) =>
    call<Comparaison>('api/branches/comparaison', { signal }, { avant, apres, commune }),
  conflicts: (source: string, vers: string, commune: string, signal?: AbortSignal) =>
    call<Conflit[]>(`${branch(source)}/conflits`, { signal }, { vers, commune }),
  conflictFile: (source: string, vers: string, commune: string) => address(`${branch(source)}/conflits.xlsx`, { vers, commune }),
  readConflicts: (source: string, vers: string, file: File) =>
    call<Choix[]>(`${branch(source)}/conflits/lecture`, binary(file), { nom: file.name, vers }),
  merge: (source: string, into: string, message: string, choices: Choix[], commune: string) =>
    call<Ecrit>(`${branch(source)}/fusion`, json('POST', { into, message, choices, communes: commune ? [commune] : [] })),

  add: (layer: string, body: { values: Record<string, Scalar>; position?: string; geometry?: GeoJSON.Geometry | null; origin: Origin; message: string; commune?: string | null }) =>
    call<{ id: string; commit: number }>(`${layerPath(layer)}/actifs`, json('POST', body)),
  move: (layer: string, id: string, position: string, message: string, expect: number) =>
    call<Ecrit>(`${assetPath(layer, id)}/position`, json('PUT', { position, origin: 'measured', message, expect })),
  reshape: (layer: string, id: string, geometry: GeoJSON.Geometry, message: string, expect: number) =>
    call<Ecrit>(`${assetPath(layer, id)}/position`, json('PUT', { geometry, origin: 'measured', message, expect })),
  readShape: (text: string) => call<GeoJSON.Geometry>('api/trace', json('POST', { text })),
  batch: (layer: string, body: { assets?: string[]; selection?: Filtre; changes?: Record<string, Scalar>; remove?: boolean; message: string; origin?: Origin }) =>
    call<{ commit: number; assets: number }>(`${layerPath(layer)}/lot`, json('POST', body)),
  pieces: (layer: string, id: string, signal?: AbortSignal) => call<Piece[]>(`${assetPath(layer, id)}/pieces`, { signal }),
  content: (piece: string) => address(`api/pieces/${encodeURIComponent(piece)}/contenu`),
  attach: (layer: string, id: string, file: File, titre: string) =>
    call<Ecrit>(`${assetPath(layer, id)}/pieces`, binary(file), { nom: file.name, titre }),
  history: (layer: string, id: string, signal?: AbortSignal) => call<Etape[]>(`${assetPath(layer, id)}/historique`, { signal }),
  erase: (layer: string, id: string, attribute: string, reason: string) =>
    call<Ecrit>(`${assetPath(layer, id)}/effacement`, json('POST', { attribute, reason })),
  erasePiece: (piece: string, reason: string) => call<Ecrit>(`api/pieces/${encodeURIComponent(piece)}/effacement`, json('POST', { reason })),
  removePiece: (piece: string) => call<Ecrit>(`${layerPath('piece_jointe')}/lot`, json('POST', { assets: [piece], remove: true })),
  prov: (layer: string, id: string) => address(`${assetPath(layer, id)}/prov`),

  search: (q: string, signal?: AbortSignal) => call<Trouve[]>('api/recherche', { signal }, { q }),
  addresses: (q: string, signal?: AbortSignal) => call<Adresse[]>('api/adresses', { signal }, { q }),
  selections: (signal?: AbortSignal) => call<Selection[]>('api/selections', { signal }),
  keep: (label: string, filter: Filtre) => call<Ecrit>('api/selections', json('POST', { label, filter })),

  takeaway: (commune: string, kind: 'xlsx' | 'gpkg') => address(`api/echanges/${commune}.${kind}`),
  review: (file: File) => call<Retour>('api/retours', binary(file), { nom: file.name }),
  accept: (file: File, keys: string[], message: string) => {
    const body = new FormData();
    body.append('fichier', file);
    body.append('choix', JSON.stringify({ keys, message }));
    return call<Ecrit>('api/retours/choix', { method: 'POST', body });
  },

  disputes: (layer: string, signal?: AbortSignal) => call<Desaccord[]>(`${layerPath(layer)}/desaccords`, { signal }),
  ranks: (signal?: AbortSignal) => call<Rang[]>('api/sources', { signal }),
  rank: (source: string, rank: number) => call<Rang>(`api/sources/${encodeURIComponent(source)}/rang`, json('PUT', { rank })),
};
