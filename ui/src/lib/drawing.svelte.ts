/** A line or an outline being drawn: its parts and their vertices; the map and the form share it. */

import { type Kind, type Part, type Vertex, asGeometry, partsOf } from './shapes';

class Drawing {
  kind = $state<Kind | null>(null);
  parts = $state<Part[]>([]);
  current = $state(0);
  /** What the asset looked like before. */
  before = $state.raw<GeoJSON.Geometry | null>(null);

  start(kind: Kind, from: GeoJSON.Geometry | null): void {
    this.before = from;
    this.read(kind, from);
  }

  read(kind: Kind, geometry: GeoJSON.Geometry | null): void {
    this.parts = geometry ? partsOf(geometry) : [];
    if (!this.parts.length) this.parts = [{ polygon: 0, vertices: [] }];
    this.current = 0;
    this.kind = kind;
  }

  stop(): void {
    this.kind = null;
    this.parts = [];
    this.before = null;
  }

  get vertices(): Vertex[] {
    return this.parts[this.current]?.vertices ?? [];
  }

  add(longitude: number, latitude: number): void {
    this.parts[this.current]?.vertices.push(rounded(longitude, latitude));
  }

  put(index: number, longitude: number, latitude: number): void {
    const part = this.parts[this.current];
    if (part?.vertices[index]) part.vertices[index] = rounded(longitude, latitude);
  }

  /** A new vertex half-way to the next one. */
  insert(index: number): void {
    const all = this.vertices;
    const [a, b] = [all[index], all[index + 1] ?? all[this.kind === 'polygon' ? 0 : index]];
    if (a && b) all.splice(index + 1, 0, rounded((a[0] + b[0]) / 2, (a[1] + b[1]) / 2));
  }

  drop(index: number): void {
    this.vertices.splice(index, 1);
  }

  /** Another line, or another outline. */
  more(): void {
    this.parts.push({ polygon: Math.max(-1, ...this.parts.map((one) => one.polygon)) + 1, vertices: [] });
    this.current = this.parts.length - 1;
  }

  /** Null until there are enough vertices. */
  get geometry(): GeoJSON.Geometry | null {
    return this.kind && asGeometry(this.kind, this.parts);
  }
}

const rounded = (x: number, y: number): Vertex => [Number(x.toFixed(7)), Number(y.toFixed(7))];

export const drawing = new Drawing();
