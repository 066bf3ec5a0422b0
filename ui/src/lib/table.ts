/** One column of a table; `sort` makes it sortable, null sorts last. */
export interface Column<Row> {
  name: string;
  title: string;
  numeric?: boolean;
  width?: string;
  sort?: (row: Row) => number | string | null;
}

/** A cell of a table: what is read, a word of help under it, and the plain value a spreadsheet gets. */
export interface Cell {
  text: string;
  help?: string;
  value?: string | number | null;
}
