/** Texts of the trial of other budgets and prices. */

export const texts = {
  title: 'Essayer d’autres budgets et d’autres prix',
  help: 'Bougez un curseur : le programme est calculé de nouveau, sans rien changer à celui qui est gardé.',
  budgets: 'Budgets',
  allBudgets: 'Tous les budgets',
  grants: 'Aides',
  allGrants: 'Toutes les enveloppes d’aides',
  prices: 'Prix',
  owner: 'Ajouter le budget d’un maître d’ouvrage',
  choose: 'choisir…',
  a_year: (amount: string) => `${amount} par an aujourd’hui`,
  today: (price: string, unit: string) => `${price} ${unit} aujourd’hui`,
  remove: (name: string) => `Retirer le curseur : ${name}`,
  removeShort: 'Retirer',
  reset: 'Tout remettre à 1',
  running: 'Calcul en cours…',
  factor: (factor: string) => `× ${factor}`,
};
