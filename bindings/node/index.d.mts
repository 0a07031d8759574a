// The same for import as for require().
export * from './lib/index.js';
