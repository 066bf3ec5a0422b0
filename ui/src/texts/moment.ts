/** Words of the date control: one looks at today, at a past day, or at a scenario. */

export const momentTexts = {
  label: 'Voir le jumeau au',
  help: "Montrer ce qui était connu ce jour-là, tel que c'était ce jour-là",
  show: 'Voir',
  past: (day: string): string => `Vous regardez le passé : le jumeau tel qu'il était connu le ${day}. Rien ne peut y être modifié.`,
  branch: (name: string): string => `Vous regardez le scénario « ${name} », pas la branche principale.`,
  today: "Revenir à aujourd'hui",
  main: 'Revenir à la branche principale',
};
