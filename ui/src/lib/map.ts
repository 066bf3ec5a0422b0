/** The map of the territory: commune choropleth, vector tiles of the layers, selection. Knows nothing of the page around it. */

import {
  type GeoJSONSource,
  type LayerSpecification,
  Map as MapLibre,
  type MapMouseEvent,
  Marker,
  NavigationControl,
  ScaleControl,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { texts } from '../texts';
import { tiles } from './api';
import { NONE, NONE_COLOUR, UNKNOWN, UNKNOWN_COLOUR } from './classes';
import { type Bounds, labels } from './geometry';
import type { Communes, Couche } from './types';

setWorkerUrl(workerUrl);

export interface Picked {
  layer: string;
  id: string;
}

interface Options {
  container: HTMLElement;
  bbox: Bounds;
  onasset: (picked: Picked) => void;
  oncommune: (code: string) => void;
  onzoom: (zoom: number) => void;
}

export interface Drawn {
  sketch: GeoJSON.FeatureCollection;
  before: GeoJSON.Geometry | null;
  vertices: [number, number][];
  onmove: (index: number, longitude: number, latitude: number) => void;
}

const VERTICES = 200;
export const ASSET_ZOOM = 11;
const ORDER = ['polygon', 'line', 'point'];
const DOTS = 'points';
const HATCH = 'hachures';
const NOTHING: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };
/** Colour of the assets of a field. */
export const fieldColour = (field: string): string => COLOURS[field] ?? '#3f4c58';
const COLOURS: Record<string, string> = { lighting: '#b3470a', water: '#1b5fb0', risks: '#9d1c2b', buildings: '#5b3a8c' };

/** Layers that only say where one is. */
const GROUND: Record<string, string> = { troncon_route: '#8b96a0' };

export class TerritoryMap {
  readonly map: MapLibre;
  private readonly options: Options;
  private couches: string[] = [];
  private selected: Picked | null = null;
  private readonly ready: Promise<void>;
  private marker: Marker | null = null;
  private vertices: Marker[] = [];
  private onplace: ((longitude: number, latitude: number) => void) | null = null;

  constructor(options: Options) {
    this.options = options;
    this.map = new MapLibre({
      container: options.container,
      style: { version: 8, sources: {}, layers: [{ id: 'fond', type: 'background', paint: { 'background-color': '#f3f5f6' } }] },
      bounds: options.bbox,
      fitBoundsOptions: { padding: 16 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxZoom: 20,
      locale: {
        'Map.Title': texts.map.canvas,
        'NavigationControl.ZoomIn': texts.map.zoomIn,
        'NavigationControl.ZoomOut': texts.map.zoomOut,
        'NavigationControl.ResetBearing': texts.map.north,
        'ScaleControl.Meters': texts.map.metre,
        'ScaleControl.Kilometers': texts.map.kilometre,
      },
    });
    this.map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.on('click', (event: MapMouseEvent) => this.pick(event.point.x, event.point.y));
    this.map.on('zoomend', () => options.onzoom(this.map.getZoom()));
    this.map.getCanvas().addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      const { clientWidth, clientHeight } = this.map.getContainer();
      this.pick(clientWidth / 2, clientHeight / 2, 14);
    });
    this.ready = new Promise((done) => this.map.once('load', () => done()));
    void this.ready.then(() => this.base());
  }

  /** Communes with a `classe` property: index in `colours`, or UNKNOWN or NONE. */
  async paint(communes: Communes, colours: string[]): Promise<void> {
    await this.ready;
    this.map.getSource<GeoJSONSource>('communes')!.setData(communes);
    this.map.getSource<GeoJSONSource>('noms')!.setData(labels(communes));
    const steps = colours.flatMap((colour, k) => (k === 0 ? [colour] : [k, colour]));
    this.map.setPaintProperty('communes', 'fill-color', [
      'case',
      ['==', ['get', 'classe'], UNKNOWN],
      UNKNOWN_COLOUR,
      ['==', ['get', 'classe'], NONE],
      NONE_COLOUR,
      steps.length > 1 ? ['step', ['get', 'classe'], ...steps] : steps[0],
    ] as never);
  }

  async show(couches: Couche[]): Promise<void> {
    await this.ready;
    const wanted = couches.map((couche) => couche.name);
    for (const name of this.couches) {
      this.map.setLayoutProperty(`actifs-${name}`, 'visibility', wanted.includes(name) ? 'visible' : 'none');
    }
    for (const couche of [...couches].sort((a, b) => ORDER.indexOf(a.geometry) - ORDER.indexOf(b.geometry))) {
      if (this.couches.includes(couche.name)) continue;
      this.map.addSource(couche.name, { type: 'vector', tiles: [tiles(couche.name)], minzoom: ASSET_ZOOM, maxzoom: 16, promoteId: 'id' });
      this.map.addLayer(assetLayer(couche), this.above(couche));
      this.couches.push(couche.name);
      this.map.on('mouseenter', `actifs-${couche.name}`, () => (this.map.getCanvas().style.cursor = 'pointer'));
      this.map.on('mouseleave', `actifs-${couche.name}`, () => (this.map.getCanvas().style.cursor = ''));
    }
  }

  /** Surfaces under lines under points, whenever each was asked for. */
  private above(couche: Couche): string {
    const drawn = this.map.getStyle().layers.filter((layer) => layer.id.startsWith('actifs-'));
    const kinds: Record<string, string[]> = { polygon: ['line', 'circle'], line: ['circle'] };
    return drawn.find((layer) => kinds[couche.geometry]?.includes(layer.type))?.id ?? 'noms';
  }

  /** Ask again for the tiles of the shown layers, after a change of the twin. */
  async reload(): Promise<void> {
    await this.ready;
    for (const name of this.couches) this.map.refreshTiles(name);
  }

  /** Points of the page's own: `c` is the rank of their colour; `id` is what is picked. */
  async dots(data: GeoJSON.FeatureCollection | undefined, colours: string[]): Promise<void> {
    await this.ready;
    if (!data && !this.map.getSource(DOTS)) return;
    if (!this.map.getSource(DOTS)) {
      this.map.addSource(DOTS, { type: 'geojson', data: NOTHING });
      this.map.addLayer(
        {
          id: DOTS,
          type: 'circle',
          source: DOTS,
          paint: {
            'circle-radius': ['interpolate', ['linear'], ['zoom'], 9, 1, 12, 2.2, 15, 5, 17, 8],
            'circle-stroke-color': '#fff',
            'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], 13, 0, 15, 1],
          },
        },
        'noms',
      );
      this.map.on('mouseenter', DOTS, () => (this.map.getCanvas().style.cursor = 'pointer'));
      this.map.on('mouseleave', DOTS, () => (this.map.getCanvas().style.cursor = ''));
    }
    const steps = colours.flatMap((colour, k) => (k === 0 ? [colour] : [k, colour]));
    this.map.setPaintProperty(DOTS, 'circle-color', (steps.length > 1 ? ['step', ['get', 'c'], ...steps] : steps[0]) as never);
    this.map.getSource<GeoJSONSource>(DOTS)!.setData(data ?? NOTHING);
  }

  async selectCommune(code: string | null): Promise<void> {
    await this.ready;
    this.map.setFilter('commune-choisie', ['==', ['get', 'code'], code ?? '']);
  }

  async selectAsset(picked: Picked | null, geometry: GeoJSON.Geometry | null): Promise<void> {
    await this.ready;
    this.selected = picked;
    this.map.getSource<GeoJSONSource>('choix')!.setData(geometry ? { type: 'Feature', geometry, properties: {} } : NOTHING);
  }

  /** Let a position be chosen: a click or Enter puts the mark, which can be dragged; null stops it. */
  place(onplace: ((longitude: number, latitude: number) => void) | null, at: [number, number] | null): void {
    this.onplace = onplace;
    if (!onplace || !at) {
      this.marker?.remove();
      this.marker = null;
      return;
    }
    if (!this.marker) {
      this.marker = new Marker({ draggable: true, color: '#b3470a' }).setLngLat(at).addTo(this.map);
      this.marker.getElement().setAttribute('aria-hidden', 'true');
      this.marker.getElement().removeAttribute('role');
      this.marker.getElement().removeAttribute('tabindex');
      this.marker.on('dragend', () => {
        const { lng, lat } = this.marker!.getLngLat();
        this.onplace?.(lng, lat);
      });
    } else this.marker.setLngLat(at);
  }

  /** What is being drawn: its sketch, the drawing of before, and the vertices of the current part, which can be dragged. */
  async draw(drawn: Drawn | null): Promise<void> {
    await this.ready;
    this.map.getSource<GeoJSONSource>('trace')!.setData(drawn?.sketch ?? NOTHING);
    this.map.getSource<GeoJSONSource>('trace-avant')!.setData(drawn?.before ? { type: 'Feature', geometry: drawn.before, properties: {} } : NOTHING);
    for (const one of this.vertices) one.remove();
    this.vertices = (drawn?.vertices ?? []).slice(0, VERTICES).map((at, index) => {
      const element = document.createElement('span');
      element.className = 'sommet';
      const one = new Marker({ element, draggable: true }).setLngLat(at).addTo(this.map);
      for (const name of ['role', 'tabindex', 'aria-label']) element.removeAttribute(name);
      element.setAttribute('aria-hidden', 'true');
      element.addEventListener('click', (event) => event.stopPropagation());
      one.on('dragend', () => drawn?.onmove(index, one.getLngLat().lng, one.getLngLat().lat));
      return one;
    });
  }

  fit(bounds: Bounds, maxZoom = 15): void {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.map.fitBounds(bounds, { padding: 40, maxZoom, animate: !still, duration: 600 });
  }

  remove(): void {
    this.map.remove();
  }

  private pick(x: number, y: number, reach = 6): void {
    if (this.onplace) {
      const { lng, lat } = this.map.unproject([x, y]);
      this.onplace(lng, lat);
      return;
    }
    const box: [[number, number], [number, number]] = [
      [x - reach, y - reach],
      [x + reach, y + reach],
    ];
    const layers = this.couches.map((name) => `actifs-${name}`).filter((id) => this.map.getLayoutProperty(id, 'visibility') !== 'none');
    const dot = this.map.getLayer(DOTS) && this.map.queryRenderedFeatures(box, { layers: [DOTS] })[0];
    if (dot) return this.options.onasset({ layer: 'luminaire', id: String(dot.properties.id) });
    const hits = layers.length ? this.map.queryRenderedFeatures(box, { layers }) : [];
    const hit = hits.find((found) => found.properties.id !== this.selected?.id) ?? hits[0];
    const count = Number(hit?.properties.n ?? 1);
    if (hit && count > 1) return this.closer(x, y);
    if (hit) return this.options.onasset({ layer: hit.source, id: String(hit.properties.id) });
    const commune = this.map.queryRenderedFeatures([x, y], { layers: ['communes'] })[0];
    if (commune) this.options.oncommune(String(commune.properties.code));
  }

  /** A point that stands for several assets opens by zooming on it. */
  private closer(x: number, y: number): void {
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const to = { center: this.map.unproject([x, y]), zoom: this.map.getZoom() + 2 };
    if (still) this.map.jumpTo(to);
    else this.map.easeTo(to);
  }

  private base(): void {
    const map = this.map;
    map.addImage(HATCH, hatch(), { pixelRatio: 2 });
    map.addSource('communes', { type: 'geojson', data: NOTHING });
    map.addSource('noms', { type: 'geojson', data: NOTHING });
    for (const name of ['choix', 'trace', 'trace-avant']) map.addSource(name, { type: 'geojson', data: NOTHING });
    const layers: LayerSpecification[] = [
      { id: 'communes', type: 'fill', source: 'communes', paint: { 'fill-color': UNKNOWN_COLOUR, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], 11, 1, 15, 0.35] } },
      { id: 'communes-inconnues', type: 'fill', source: 'communes', filter: ['==', ['get', 'classe'], UNKNOWN], paint: { 'fill-pattern': HATCH } },
      { id: 'limites', type: 'line', source: 'communes', paint: { 'line-color': '#ffffff', 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 0.6, 13, 2] } },
      { id: 'limites-fines', type: 'line', source: 'communes', paint: { 'line-color': '#5d6b77', 'line-width': 0.5, 'line-opacity': 0.6 } },
      { id: 'commune-choisie', type: 'line', source: 'communes', filter: ['==', ['get', 'code'], ''], paint: { 'line-color': '#b3470a', 'line-width': 4 } },
      {
        id: 'noms', type: 'symbol', source: 'noms', minzoom: 9,
        layout: { 'text-field': ['get', 'nom'], 'text-font': ['Atkinson Hyperlegible Next Variable'], 'text-size': 13, 'text-padding': 6, 'symbol-sort-key': ['-', 0, ['coalesce', ['get', 'population'], 0]] },
        paint: { 'text-color': '#17222d', 'text-halo-color': '#ffffff', 'text-halo-width': 1.6 },
      },
      { id: 'choix-trait', type: 'line', source: 'choix', paint: { 'line-color': '#17222d', 'line-width': 5 } },
      { id: 'choix-point', type: 'circle', source: 'choix', filter: ['==', ['geometry-type'], 'Point'], paint: { 'circle-radius': 12, 'circle-color': 'rgba(255,255,255,0.2)', 'circle-stroke-color': '#17222d', 'circle-stroke-width': 3.5 } },
      { id: 'trace-avant', type: 'line', source: 'trace-avant', paint: { 'line-color': '#5d6b77', 'line-width': 3, 'line-dasharray': [2, 2] } },
      { id: 'trace', type: 'line', source: 'trace', paint: { 'line-color': '#b3470a', 'line-width': 4 } },
    ];
    for (const layer of layers) map.addLayer(layer);
  }
}

function assetLayer(couche: Couche): LayerSpecification {
  const colour = GROUND[couche.name] ?? fieldColour(couche.field);
  const common = { id: `actifs-${couche.name}`, source: couche.name, 'source-layer': couche.name, minzoom: ASSET_ZOOM };
  if (couche.geometry === 'line') return { ...common, type: 'line', paint: { 'line-color': colour, 'line-width': 3 } };
  if (couche.geometry === 'polygon') {
    return { ...common, type: 'fill', paint: { 'fill-color': colour, 'fill-opacity': ['interpolate', ['linear'], ['zoom'], ASSET_ZOOM, 0.2, 15, 0.45], 'fill-outline-color': colour } };
  }
  const larger = ['min', 2.5, ['+', 1, ['log10', ['coalesce', ['get', 'n'], 1]]]];
  const radius: [string, ...unknown[]] = ['interpolate', ['linear'], ['zoom'], ASSET_ZOOM, ['*', 2.2, larger], 14, ['*', 4.5, larger], 17, 8];
  return {
    ...common,
    type: 'circle',
    paint: { 'circle-color': colour, 'circle-radius': radius as never, 'circle-stroke-color': '#fff', 'circle-stroke-width': ['interpolate', ['linear'], ['zoom'], ASSET_ZOOM, 0.3, 16, 1.5] },
  };
}

function hatch(): ImageData {
  const size = 16;
  const canvas = new OffscreenCanvas(size, size);
  const pen = canvas.getContext('2d')!;
  pen.strokeStyle = '#6d7883';
  pen.lineWidth = 1.6;
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
    pen.stroke();
  }
  return pen.getImageData(0, 0, size, size);
}
