/** Colours of what happened to an asset, apart from one another for who sees colours badly. */

export const KIND_COLOURS: Record<string, string> = { added: '#17603a', removed: '#9d1c2b', moved: '#1b5fb0', changed: '#b3470a' };
