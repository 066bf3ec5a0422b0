/** One line of a chart. */
export interface Line {
  text: string;
  colour: string;
  values: (number | null)[];
  dashed?: boolean;
  points?: boolean;
}

/** A cell of a table: what is read, a word of help under it, and the plain value a spreadsheet gets. */
export interface Cell {
  text: string;
  help?: string;
  value?: string | number | null;
}
