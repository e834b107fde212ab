export * from './errors.js';
export * from './identifier.js';
export * from './methods.js';
