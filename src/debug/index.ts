/** `vitrine/debug`: a debugger without a protocol. Breakpoints, watchpoints, steps, and the state of a program that stands still. */
export { type BreakOptions, Breakpoint, Watchpoint } from './breakpoint.ts'
export { type AttachOptions, Debugger, type LaunchOptions, type Skip, type Source, type Stop, type ThreadInfo } from './debugger.ts'
export { Frame } from './frames.ts'
export type { Place } from './places.ts'
export type { StepKind } from './step.ts'
export { Variable, type Variables } from './values.ts'
export type { Watched, WatchOptions } from './watch.ts'
