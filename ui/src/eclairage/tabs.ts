/** The panels of the lighting view, in order: one component and one text each. */

import type { Component } from 'svelte';
import { texts } from '../texts/eclairage';
import { texts as energy } from '../texts/eclairage-energie';
import { texts as future } from '../texts/eclairage-avenir';
import { texts as optics } from '../texts/eclairage-optiques';
import { texts as parc } from '../texts/eclairage-parc';
import Avenir from './Avenir.svelte';
import Armoires from './Armoires.svelte';
import Calendrier from './Calendrier.svelte';
import Ciel from './Ciel.svelte';
import Conformite from './Conformite.svelte';
import Optiques from './Optiques.svelte';
import Parc from './Parc.svelte';
import Rue from './Rue.svelte';

export interface Panel {
  id: string;
  title: string;
  view: Component;
}

export const PANELS: Panel[] = [
  { id: 'inventaire', title: parc.tab, view: Parc },
  { id: 'conformite', title: texts.tabs.conformite, view: Conformite },
  { id: 'rue', title: texts.tabs.rue, view: Rue },
  { id: 'ciel', title: texts.tabs.ciel, view: Ciel },
  { id: 'calendrier', title: energy.tabs.calendrier, view: Calendrier },
  { id: 'armoires', title: energy.tabs.armoires, view: Armoires },
  { id: 'avenir', title: future.tab, view: Avenir },
  { id: 'optiques', title: optics.tab, view: Optiques },
];
