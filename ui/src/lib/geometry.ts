/** The little geometry the page needs; everything else is computed by the service. */

import type { Communes } from './types';

export type Bounds = [number, number, number, number];

/** One point a commune for its name: the centroid of its largest ring, so that a name is written once at every zoom. */
export function labels(communes: Communes): GeoJSON.FeatureCollection {
  const features = communes.features.flatMap(({ geometry, properties }): GeoJSON.Feature[] => {
    const rings = geometry.type === 'Polygon' ? [geometry.coordinates[0]!] : geometry.type === 'MultiPolygon' ? geometry.coordinates.map((part) => part[0]!) : [];
    const best = rings.map(centroid).sort((a, b) => b.area - a.area)[0];
    return best ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: best.at }, properties }] : [];
  });
  return { type: 'FeatureCollection', features };
}

function centroid(ring: GeoJSON.Position[]): { at: [number, number]; area: number } {
  const [ox, oy] = ring[0] as [number, number];
  let [twice, x, y] = [0, 0, 0];
  for (let k = 0; k + 1 < ring.length; k++) {
    const [ax, ay, bx, by] = [ring[k]![0]! - ox, ring[k]![1]! - oy, ring[k + 1]![0]! - ox, ring[k + 1]![1]! - oy];
    const cross = ax * by - bx * ay;
    twice += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  return twice === 0 ? { at: [ox, oy], area: 0 } : { at: [ox + x / (3 * twice), oy + y / (3 * twice)], area: Math.abs(twice) / 2 };
}

/** Bounding box of a geometry, in degrees. */
export function boundsOf(geometry: GeoJSON.Geometry): Bounds {
  const box: Bounds = [180, 90, -180, -90];
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] === 'number') {
      const [x, y] = part as [number, number];
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    } else part.forEach(visit);
  };
  if (geometry.type === 'GeometryCollection') geometry.geometries.forEach((g) => 'coordinates' in g && visit(g.coordinates));
  else visit(geometry.coordinates);
  return box;
}
