/** Texts of what owners can bear. */

export const texts = {
  title: 'Ce que les maîtres d’ouvrage peuvent porter',
  lead: 'Épargne et dette d’après les comptes importés (TOTEM ou OFGL), à côté de ce que le programme demande : taxes comprises, aides et FCTVA déduites.',
  none: (count: number) =>
    count < 2
      ? 'Aucun compte importé pour ce maître d’ouvrage : épargne, dette et capacité d’emprunt sont inconnues.'
      : `Aucun compte importé pour ${count} maîtres d’ouvrage : leur épargne, leur dette et leur capacité d’emprunt sont inconnues.`,
  columns: { owner: 'Maître d’ouvrage', year: 'Exercice', gross: 'Épargne brute', net: 'Épargne nette', debt: 'Encours de dette', years: 'Années pour rembourser', own: 'Reste à payer', peak: 'Année la plus lourde' },
  peak: (amount: string, year: number) => `${amount} en ${year}`,
  years: (value: string) => `${value} ans`,
  noSaving: 'pas d’épargne',
  loan: 'Emprunt à essayer (€)',
  rate: 'Taux annuel (%)',
  rateHelp: 'vide : taux de la règle des prêts',
  duration: 'Durée (années)',
  before: 'Aujourd’hui',
  after: 'Avec l’emprunt et les économies des travaux',
  rows: { gross: 'Épargne brute', net: 'Épargne nette', debt: 'Encours de dette', debt_years: 'Années d’épargne pour rembourser' } as Record<string, string>,
  what: 'Indicateur',
  caption: 'Comptes avant et après',
  annuity: (amount: string, rate: string, years: number) => `Annuité : ${amount} à ${rate} sur ${years} ans.`,
  asks: (own: string, peak: string, year: number) => `Reste à payer pour le programme : ${own}, au plus ${peak} en ${year}.`,
  saves: (amount: string) => `Économies annuelles du budget quand tout est fait : ${amount}.`,
  savesUnknown: 'Économies annuelles du budget : inconnues.',
};
