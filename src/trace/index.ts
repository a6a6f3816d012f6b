/** Probes, monitors, recordings and their exports: public entry `vitrine/trace` (docs/tracing.md). */
export { type ProbeEvent, type ProbeHandle, type ProbeOptions, probe } from './probe.ts'
export {
  type BranchCount,
  type Counter,
  type FunctionCount,
  type InstructionCount,
  type LoopCount,
  type ModuleCounts,
  countInstructions,
} from './counts.ts'
export { type FunctionTotal, type Profile, type ProfileEvent, type ProfileNode, type ProfileOptions, profile } from './profile.ts'
export { type MemoryCell, type MemoryHeat, type MemoryMonitor, type MemoryOptions, type MemoryTotals, watchMemory } from './memory.ts'
export { type HostCall, type HostCallMonitor, watchHostCalls } from './host-calls.ts'
export { type RecordOptions, type Recorder, record } from './recorder.ts'
export { type RecordedEvent, RecordingReader, readRecording } from './recording.ts'
export type { Target } from './inspector.ts'
export type { Selection } from './select.ts'
export type { TracedValue } from './state.ts'
export { toChromeTrace, toCpuProfile, toFolded, toSpeedscope } from './formats/profiles.ts'
export { type CoveredText, coveredText, toLcov, toSummary } from './formats/coverage.ts'
export { coverageHtml, flameHtml } from './formats/html.ts'
