/** Texts of the costs seen in public records. */

export const texts = {
  title: 'Coûts constatés ailleurs',
  lead: 'Ce que disent les projets subventionnés et les marchés attribués importés dans le jumeau, à côté des coûts du catalogue. La plupart des textes ne donnent pas de quantité : on connaît alors le montant d’un projet, pas un prix.',
  none: 'Aucun projet subventionné ni marché attribué n’a été importé.',
  columns: { title: 'Besoin', records: 'Textes', quantity: 'Avec quantité', median: 'Coût unitaire médian constaté', catalogue: 'Catalogue', word: 'Verdict', amount: 'Montant médian d’un projet' },
  words: { inside: 'dans le catalogue', below: 'sous le catalogue', above: 'au-dessus du catalogue', unknown: 'trop peu de quantités' } as Record<string, string>,
  of: (count: number, outliers: number) => (outliers ? `${count}, dont ${outliers} écarté${outliers > 1 ? 's' : ''}` : String(count)),
  between: (low: string, high: string, unit: string) => `${low} à ${high} par ${unit}`,
  per: (value: string, unit: string) => `${value} par ${unit}`,
  open: (title: string) => `Voir les textes classés : ${title}`,
  records: (title: string) => `Textes classés dans « ${title} »`,
  recordColumns: { record: 'Référence', text: 'Objet', amount: 'Montant hors taxes', quantity: 'Quantité', unit: 'Coût unitaire' },
  outlier: 'écarté : trop loin des autres',
  untold: 'non dite',
  first: (shown: number, total: number) => `Les ${shown} premiers sur ${total}.`,
};
