/** Texts of the lighting view. */

export const texts = {
  title: 'Éclairage public',
  lead: 'Ce que l’éclairage donne à la rue, à la loi et à la nuit.',
  tabs: {
    conformite: 'Règles de la nuit',
    rue: 'Calcul d’une rue',
  },
};
