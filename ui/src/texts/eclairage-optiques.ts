/** Texts of the optics and presence panel. */

export const texts = {
  tab: 'Optiques et présence',
  catalogue: 'Catalogue d’optiques',
  catalogueHelp: 'Les luminaires que le calcul d’une rue et le passage en LED peuvent choisir, et les revêtements de chaussée mesurés.',
  catalogueTable: 'Luminaires et revêtements du catalogue',
  empty: 'Aucun fichier de fabricant : des optiques génériques servent, et le calcul le dit. Pour en ajouter : jumeau lighting catalogue add luminaire.ldt',
  name: 'Nom',
  kind: 'Nature',
  power: 'Puissance (W)',
  flux: 'Flux (lm)',
  efficacy: 'Efficacité (lm/W)',
  upward: 'Flux vers le ciel',
  file: 'Fichier',
  presence: 'Passages et détection de présence',
  presenceHelp: (hold: string, span: string, level: string) =>
    `Part de chaque heure que le luminaire passe à plein niveau quand il s’allume au passage, puis revient à ${level} de sa puissance : maintien de ${hold} s (${span}) après chaque passage. Valeur probable, puis bas et haut.`,
  presenceTable: 'Part du temps à plein niveau, par heure',
  road: 'Voie',
  hour: (hour: number) => `${hour} h`,
  perDay: (likely: string, span: string) => `${likely} passages par jour (${span})`,
};
