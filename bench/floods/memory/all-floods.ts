import { API_FLOODS } from './api-floods.js';
import { MEDIA_FLOODS } from './media-floods.js';
import type { MemoryFlood } from './memory-flood.js';
import { SOCKET_FLOODS } from './socket-floods.js';

/** Whatever strangers can make that may take memory. */
export const MEMORY_FLOODS: readonly MemoryFlood[] = [...MEDIA_FLOODS, ...API_FLOODS, ...SOCKET_FLOODS];
