/** The SFUs that the benchmark can measure. */
import { JANUS } from './janus.js';
import { KRAKEN } from './kraken.js';
import { MEDIASOUP } from './mediasoup.js';
import type { Sfu } from './sfu.js';

export const SFUS: readonly Sfu[] = [KRAKEN, MEDIASOUP, JANUS];
