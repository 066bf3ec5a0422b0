import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    // Tables shown as cards keep their roles only when these are written out.
    warningFilter: (warning) => warning.code !== 'a11y_no_redundant_roles',
  },
};
