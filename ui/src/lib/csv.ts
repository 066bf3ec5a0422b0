/** Tables as files for a spreadsheet: semicolons, decimal commas, and nothing that a spreadsheet would run. */

type Cell = string | number | null | undefined;

const plain = (value: Cell): string => (value === null || value === undefined ? '' : typeof value === 'number' ? String(value).replace('.', ',') : value);
const risky = /^[=+\-@]/;

function quoted(cell: Cell): string {
  const text = plain(cell);
  if (typeof cell === 'number') return text;
  return /[";\n]/.test(text) || risky.test(text) ? `"${text.replace(risky, "'$&").replaceAll('"', '""')}"` : text;
}

export function csvOf(titles: string[], rows: Cell[][]): Blob {
  const lines = [titles, ...rows].map((row) => row.map(quoted).join(';'));
  return new Blob(['\ufeff', lines.join('\r\n'), '\r\n'], { type: 'text/csv;charset=utf-8' });
}

export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 5000);
}
