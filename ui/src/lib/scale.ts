import { compact } from './format';

const STEPS = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 5, 6, 8, 10];

export interface Tick {
  share: number;
  text: string;
}

/** The top of an axis whose quarters are short numbers, at or above a value. */
export function ceiling(value: number): number {
  const step = 10 ** Math.floor(Math.log10(value));
  return (STEPS.find((k) => k * step >= value) ?? 10) * step;
}

/** The five marks of an axis, from its top down. */
export function ticks(top: number, unit = ''): Tick[] {
  return [1, 0.75, 0.5, 0.25, 0].map((share) => ({ share, text: share ? `${compact(share * top)}${unit}` : '0' }));
}
