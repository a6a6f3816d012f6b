/**
 * What the driver and exceptions need to know of a thread's stacks, of which it has more than one when continuations run; and where the
 * steps from one to another are found, once `vitrine/stack-switching` has provided them (continuations.ts).
 */
import type { Resumption, Stack } from '../runtime/continuation.ts'
import type { Func } from '../runtime/func.ts'
import type { Saved, Thread } from '../runtime/thread.ts'

/** Takes a stack up where it was laid down. */
export function takeUp(T: Thread, { registers, labels, pc, fp, depth, sp, instance, unit }: Stack): void {
  T.use(registers)
  T.labels = labels
  T.pc = pc
  T.fp = fp
  T.depth = depth
  T.sp = sp
  T.instance = instance
  T.unit = unit
}

/** Back to the stack of the function that resumed; its `Saved` has been taken off. */
export function takeUpResumer(T: Thread, { stack, maxDepth }: Resumption): void {
  takeUp(T, stack)
  T.maxDepth = maxDepth
}

/** Drops the stacks above the entry frame at index `entry` of T.saved, which is innermost but for them. */
export function dropStacks(T: Thread, entry: number): void {
  const above = T.saved.slice(entry + 1).find(({ resumption }) => resumption !== undefined)
  if (above !== undefined) takeUpResumer(T, above.resumption!)
}

/** A host function that is resumed is called where it stands: gives it with its raw arguments. */
export interface HostCall {
  readonly func: Func
  readonly args: unknown[]
}

/** The steps; see continuations.ts. `resume` gives the call of a host function, when that is what is resumed. */
export interface StackSwitching {
  readonly resume: (T: Thread) => HostCall | undefined
  readonly resumeToThrow: (T: Thread) => void
  readonly suspend: (T: Thread) => void
  readonly switchTo: (T: Thread) => void
  readonly returnToResumer: (T: Thread, saved: Saved) => void
}
/** Undefined only while no module that was compiled can have continuations. */
export let switching: StackSwitching | undefined
export function provideStackSwitching(steps: StackSwitching): void {
  switching = steps
}
