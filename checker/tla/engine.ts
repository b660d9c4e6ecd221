/** The public face of the TLA+ engines: only checker/tla knows which engine runs. */
export * from './api.ts';
export { modelCheck } from './check/model-check.ts';
export { EvaluationError, SpecError, UncoveredError } from './errors.ts';
export { checkGraph } from './graph/check-graph.ts';
