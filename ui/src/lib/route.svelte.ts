/** The address after `#`: `#/carte?indicateur=…`. It is the state a person can send to a colleague. */

export const ROUTES = ['carte', 'indicateurs', 'programme', 'achats', 'eclairage', 'batiments', 'scenarios', 'echanges', 'historique', 'donnees'] as const;
export type RouteName = (typeof ROUTES)[number];

function read(): { name: RouteName; query: Record<string, string> } {
  const [path = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const name = ROUTES.find((route) => route === path) ?? 'carte';
  return { name, query: Object.fromEntries(new URLSearchParams(search)) };
}

export const route = $state(read());

/** What is looked at, kept from view to view: a past day and a scenario. Everything shown depends on it. */
const MOMENT = ['date', 'branche'] as const;

export function moment(): { as_of: string | undefined; branch: string | undefined } {
  return { as_of: route.query.date, branch: route.query.branche };
}

window.addEventListener('hashchange', () => {
  const next = read();
  const moved = MOMENT.some((key) => next.query[key] !== route.query[key]);
  Object.assign(route, next);
  if (moved) location.reload();
});

export function link(name: RouteName, query: Record<string, string | null | undefined> = {}): string {
  const search = new URLSearchParams();
  const kept = Object.fromEntries(MOMENT.map((key) => [key, route.query[key]]));
  for (const [key, value] of Object.entries({ ...kept, ...query })) if (value) search.set(key, value);
  const text = search.toString();
  return `#/${name}${text ? `?${text}` : ''}`;
}

/** Change some keys of the query of the present route; null removes one. */
export function update(change: Record<string, string | null>, replace = false): void {
  const target = link(route.name, { ...route.query, ...change });
  if (replace) {
    history.replaceState(null, '', target);
    Object.assign(route, read());
  } else location.hash = target;
}
