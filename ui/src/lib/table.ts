/** One column of a table; `sort` makes it sortable, null sorts last. */
export interface Column<Row> {
  name: string;
  title: string;
  numeric?: boolean;
  width?: string;
  sort?: (row: Row) => number | string | null;
}
