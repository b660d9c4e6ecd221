/** The public face of the TLA+ engines: only checker/tla knows which engine runs. */
export * from './api.ts';
export { modelCheck } from './check/model-check.ts';
export { EvaluationError, SpecError, UncoveredError } from './errors.ts';
export { checkGraph } from './graph/check-graph.ts';
export { checkGraphWithTlc } from './tlc/check-graph.ts';
export { findTlc, type InstallOptions, installTlc, TLC_SHA256, TLC_URL, TLC_VERSION } from './tlc/locate.ts';
export { runTlc, type TlcResult, type TlcRun, type TlcVerdict } from './tlc/run.ts';
