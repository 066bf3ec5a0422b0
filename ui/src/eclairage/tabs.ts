/** The panels of the lighting view, in order: one component and one text each. */

import type { Component } from 'svelte';
import { texts } from '../texts/eclairage';
import Ciel from './Ciel.svelte';
import Conformite from './Conformite.svelte';
import Rue from './Rue.svelte';

export interface Panel {
  id: string;
  title: string;
  view: Component;
}

export const PANELS: Panel[] = [
  { id: 'conformite', title: texts.tabs.conformite, view: Conformite },
  { id: 'rue', title: texts.tabs.rue, view: Rue },
  { id: 'ciel', title: texts.tabs.ciel, view: Ciel },
];
