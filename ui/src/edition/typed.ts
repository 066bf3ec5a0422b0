/** A typed text as the value of a field; undefined when it cannot be read. */

import { parseNumber } from '../lib/format';
import type { Champ, Scalar } from '../lib/types';

export function typed(field: Champ, text: string): Scalar | undefined {
  const clean = text.trim();
  if (clean === '') return null;
  if (field.type === 'boolean') return clean === 'true';
  if (field.type !== 'number' && field.type !== 'integer') return clean;
  const value = parseNumber(clean);
  return Number.isNaN(value) || (field.type === 'integer' && !Number.isInteger(value)) ? undefined : value;
}

/** What a person may type: not what names or places the asset. */
export const editable = (field: Champ): boolean => field.type !== 'commune' && field.type !== 'id';
