/** One line of a chart. */
export interface Line {
  text: string;
  colour: string;
  values: (number | null)[];
  dashed?: boolean;
  points?: boolean;
}
