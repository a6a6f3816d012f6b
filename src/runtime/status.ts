/**
 * Why an executor stopped, as numbers of their own, so that bundlers write them where they are used. The generator writes them into
 * the loop; the driver acts on them.
 */

/** Only for cold ops: go on with the next op. */
export const next = 0
/** The outermost frame of the invocation returned. */
export const leave = 1
/** A frame returned whose caller is in another instance. */
export const returnCross = 2
/** pc is at a `lazy` stub: translate the function. */
export const translate = 3
/** Ticks are used up. */
export const tick = 4
/** `enter` found the register file or the frame limit full. */
export const stackFull = 5
/** Call or tail call of `thread.callee` that the loop cannot make itself. */
export const call = 6
export const tailCall = 7
/** A bulk op stopped half-way because ticks are used up; pc is still at it. */
export const bulkTick = 8
/** memory.atomic.wait has put the thread in a queue (`thread.waiting`); pc is still at it. */
export const wait = 9
/** `thread.exn` is thrown by the instruction at pc. */
export const thrown = 10
/** `thread.transfer` says which continuation to go on with, or which tag suspends the current one. */
export const resume = 11
export const suspend = 12
export const switchTo = 13
/** A breakpoint, or whoever debugs the thread wants it to stop; pc is at the instruction that comes next. */
export const breakpoint = 14
/** Inside the `switch` executor only: the code at pc has not been linked yet. */
export const link = 15
/**
 * The host function `thread.callee` has been called by the op at pc. It has returned or thrown `thread.outcome`, of which more may come than
 * results.
 */
export const returned = 16
export const failed = 17
/** This and above: `trapMessages[status - firstTrap]`. */
export const firstTrap = 18
