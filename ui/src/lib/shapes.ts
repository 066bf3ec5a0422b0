/** Lines and outlines as vertices a person can change, and back to GeoJSON. */

export type Kind = 'line' | 'polygon';
export type Vertex = [number, number];
/** A line, or a ring left open; the first ring of a polygon is its outline, the others its holes. */
export interface Part {
  polygon: number;
  vertices: Vertex[];
}

const flat = (ring: GeoJSON.Position[]): Vertex[] => ring.map((one): Vertex => [one[0]!, one[1]!]);
const opened = (ring: GeoJSON.Position[]): Vertex[] => flat(ring.slice(0, -1));

export function partsOf(geometry: GeoJSON.Geometry): Part[] {
  if (geometry.type === 'LineString') return [{ polygon: 0, vertices: flat(geometry.coordinates) }];
  if (geometry.type === 'MultiLineString') return geometry.coordinates.map((line, polygon) => ({ polygon, vertices: flat(line) }));
  if (geometry.type === 'Polygon') return geometry.coordinates.map((ring) => ({ polygon: 0, vertices: opened(ring) }));
  if (geometry.type === 'MultiPolygon') return geometry.coordinates.flatMap((rings, polygon) => rings.map((ring) => ({ polygon, vertices: opened(ring) })));
  return [];
}

/** The geometry of parts that have enough vertices, single when there is one; null when there is none. */
export function asGeometry(kind: Kind, parts: Part[]): GeoJSON.Geometry | null {
  const least = kind === 'line' ? 2 : 3;
  const whole = parts.filter((one) => one.vertices.length >= least);
  if (!whole.length) return null;
  if (kind === 'line') {
    const lines = whole.map((one) => one.vertices.map((vertex) => [...vertex]));
    return lines.length === 1 ? { type: 'LineString', coordinates: lines[0]! } : { type: 'MultiLineString', coordinates: lines };
  }
  const polygons = [...new Set(whole.map((one) => one.polygon))].map((polygon) =>
    whole.filter((one) => one.polygon === polygon).map(({ vertices }) => [...vertices, vertices[0]!].map((vertex) => [...vertex])),
  );
  return polygons.length === 1 ? { type: 'Polygon', coordinates: polygons[0]! } : { type: 'MultiPolygon', coordinates: polygons };
}

/** What is drawn while it is not yet whole. */
export function sketch(kind: Kind, parts: Part[]): GeoJSON.FeatureCollection {
  const drawn = parts.filter((one) => one.vertices.length >= 2).map((one): GeoJSON.Feature => {
    const closed = kind === 'polygon' && one.vertices.length >= 3 ? [...one.vertices, one.vertices[0]!] : one.vertices;
    return { type: 'Feature', geometry: { type: 'LineString', coordinates: closed.map((vertex) => [...vertex]) }, properties: {} };
  });
  return { type: 'FeatureCollection', features: drawn };
}

const EARTH_M = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Length [m] of lines or area [m²] of polygons on the sphere of mean radius: within 0.5 % of the ellipsoid. */
export function sizeOf(geometry: GeoJSON.Geometry | null): number {
  if (!geometry) return 0;
  const parts = partsOf(geometry);
  if (geometry.type.endsWith('LineString')) return parts.reduce((sum, one) => sum + length(one.vertices), 0);
  const outlines = new Set<number>();
  return parts.reduce((sum, one) => {
    const hole = outlines.has(one.polygon);
    outlines.add(one.polygon);
    return sum + (hole ? -area(one.vertices) : area(one.vertices));
  }, 0);
}

function length(vertices: Vertex[]): number {
  let sum = 0;
  for (let k = 1; k < vertices.length; k++) {
    const [a, b] = [vertices[k - 1]!, vertices[k]!];
    const [dx, dy] = [Math.sin(radians(b[0] - a[0]) / 2), Math.sin(radians(b[1] - a[1]) / 2)];
    sum += 2 * EARTH_M * Math.asin(Math.sqrt(dy * dy + Math.cos(radians(a[1])) * Math.cos(radians(b[1])) * dx * dx));
  }
  return sum;
}

function area(vertices: Vertex[]): number {
  let twice = 0;
  vertices.forEach((a, k) => {
    const b = vertices[(k + 1) % vertices.length]!;
    twice += radians(b[0] - a[0]) * (2 + Math.sin(radians(a[1])) + Math.sin(radians(b[1])));
  });
  return Math.abs((twice * EARTH_M * EARTH_M) / 2);
}
