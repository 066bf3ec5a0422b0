/** Texts of lines and outlines being drawn. */

import type { Kind } from '../lib/shapes';

const plural = (count: number, one: string, many: string): string => (Math.abs(count) < 2 ? one : many);
const byKind = <T>(line: T, polygon: T): Record<Kind, T> => ({ line, polygon });

export const shapeTexts = {
  reshape: 'Redessiner',
  reshapeDo: 'Enregistrer le tracé',
  reshaped: 'Tracé enregistré.',
  help: byKind(
    'Cliquez sur la carte pour ajouter un sommet, tirez un sommet pour le déplacer ; au clavier, écrivez les coordonnées de chaque sommet.',
    'Cliquez sur la carte pour ajouter un sommet du contour, tirez un sommet pour le déplacer ; au clavier, écrivez les coordonnées. Le contour se ferme seul.',
  ),
  count: (count: number) => `${count} ${plural(count, 'sommet', 'sommets')}`,
  size: byKind((value: string) => `environ ${value} m`, (value: string) => `environ ${value} m²`),
  was: (size: string) => `avant : ${size}`,
  part: 'Partie',
  partOf: (rank: number, count: number) => `Partie ${rank} (${count} ${plural(count, 'sommet', 'sommets')})`,
  vertices: 'Sommets',
  vertex: (rank: number) => `Sommet ${rank} : longitude, latitude`,
  insertAfter: (rank: number) => `Insérer un sommet après le sommet ${rank}`,
  drop: (rank: number) => `Retirer le sommet ${rank}`,
  dropLast: 'Retirer le dernier sommet',
  next: 'Sommet suivant : longitude, latitude',
  addVertex: 'Ajouter ce sommet',
  added: (count: number) => `Sommet ${count} ajouté.`,
  more: byKind('Autre tronçon', 'Autre contour'),
  tooMany: 'Trop de sommets pour les changer un par un ici : collez un tracé, ou passez par QGIS (vue Aller-retour).',
  paste: 'Coller un tracé',
  pasteLabel: 'WKT ou GeoJSON, en degrés ou en Lambert 93',
  pasteDo: 'Lire ce tracé',
  taken: 'Tracé lu.',
  unread: 'Écrivez longitude, latitude en degrés, par exemple 3.8767, 43.6108.',
  otherKind: byKind('Ce tracé n’est pas une ligne.', 'Ce tracé n’est pas une surface.'),
  notWhole: byKind('Une ligne a besoin de deux sommets au moins.', 'Une surface a besoin de trois sommets au moins.'),
  before: 'tracé d’avant',
};
