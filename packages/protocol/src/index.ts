export * from './cluster.js';
export * from './errors.js';
export * from './grant.js';
export * from './identifier.js';
export * from './live.js';
export * from './loudest.js';
export * from './methods.js';
export * from './permissions.js';
