/** What every view shares: state of the twin, layers, announcements, and the revision that events advance. */

import { texts } from '../texts';
import { address, api, ApiError } from './api';
import type { Couche, Etat } from './types';

class Twin {
  etat = $state.raw<Etat | null>(null);
  couches = $state.raw<Couche[]>([]);
  failure = $state('');
  revision = $state(0);
  message = $state('');

  /** Fields of action of the twin. */
  readonly champs = $derived(this.etat?.fields ?? []);

  async load(): Promise<void> {
    try {
      [this.etat, this.couches] = await Promise.all([api.etat(), api.couches()]);
      this.failure = '';
    } catch (error) {
      this.failure = why(error);
    }
  }

  announce(message: string): void {
    this.message = '';
    requestAnimationFrame(() => (this.message = message));
  }

  async refresh(): Promise<void> {
    await this.load();
    this.revision += 1;
  }

  get canWrite(): boolean {
    return this.etat?.actor.rights.includes('edit') ?? false;
  }

  couche(name: string): Couche | undefined {
    return this.couches.find((c) => c.name === name);
  }

  listen(): () => void {
    const events = new EventSource(address('api/evenements'));
    let timer = 0;
    const later = (): void => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void this.refresh(), 400);
    };
    events.addEventListener('commit', later);
    return () => {
      clearTimeout(timer);
      events.close();
    };
  }
}

export const twin = new Twin();

export function why(error: unknown): string {
  return error instanceof ApiError ? error.message : texts.errors.unexpected;
}

/** A value loaded again when what `load` reads changes. */
export class Resource<T> {
  value = $state.raw<T | undefined>(undefined);
  error = $state('');
  loading = $state(true);

  constructor(load: (signal: AbortSignal) => Promise<T> | null) {
    $effect(() => {
      void twin.revision;
      const control = new AbortController();
      const promise = load(control.signal);
      if (!promise) {
        this.value = undefined;
        this.loading = false;
        return;
      }
      this.loading = true;
      promise.then(
        (value) => {
          if (control.signal.aborted) return;
          this.value = value;
          this.error = '';
          this.loading = false;
        },
        (error: unknown) => {
          if (control.signal.aborted) return;
          this.error = why(error);
          this.loading = false;
        },
      );
      return () => control.abort();
    });
  }
}
