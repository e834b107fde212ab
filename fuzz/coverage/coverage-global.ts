/** Under which instrumented code finds its Coverage. */
export const COVERAGE_GLOBAL = 'krakenFuzzCoverage';
