/** The address after `#`: `#/carte?indicateur=…`. It is the state a person can send to a colleague. */

export const ROUTES = ['carte', 'indicateurs', 'programme', 'eclairage', 'historique', 'donnees'] as const;
export type RouteName = (typeof ROUTES)[number];

function read(): { name: RouteName; query: Record<string, string> } {
  const [path = '', search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const name = ROUTES.find((route) => route === path) ?? 'carte';
  return { name, query: Object.fromEntries(new URLSearchParams(search)) };
}

export const route = $state(read());

window.addEventListener('hashchange', () => Object.assign(route, read()));

export function link(name: RouteName, query: Record<string, string | null | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value) search.set(key, value);
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
