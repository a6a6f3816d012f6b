/** Frame helpers that the executors and the driver share. */
import type { Func } from '../runtime/func.ts'
import type { Thread } from '../runtime/thread.ts'
import { TRAP } from '../runtime/traps.ts'
import { isRef, slotsOf } from '../spec/types.ts'

const UNDEFINED_ELEMENT = TRAP['undefined element']!
const UNINITIALIZED_ELEMENT = TRAP['uninitialized element']!
const WRONG_TYPE = TRAP['indirect call type mismatch']!

/**
 * Copies `n` i32 units of values from `s` to `d` (i32 units from the start of the register file), references with them.
 * Where the places overlap, `d` must be the lower one.
 */
export function copySlots(T: Thread, d: number, s: number, n: number): void {
  T.R.copyWithin(d, s, s + n)
  const { refs } = T
  for (let i = 0; i < n >> 1; i++) refs[(d >> 1) + i] = refs[(s >> 1) + i]
}

/** Takes the references in slots from..to (from the start of the register file) away, so that nothing is kept alive. */
export function clearRefs(T: Thread, from: number, to: number): void {
  const { refs } = T
  for (let i = from; i < to; i++) refs[i] = null
}

/**
 * Moves the arguments of `f` from `from` down to `to` (i32 units), where its frame begins. Slots that held something else
 * keep no reference: those of the frame that is replaced reach up to slot `end`.
 */
export function moveArguments(T: Thread, f: Func, from: number, to: number, end: number): void {
  const { refs } = T
  T.R.copyWithin(to, from, from + f.layout.paramSlots * 2)
  let slot = 0
  for (const type of f.type.params) {
    refs[(to >> 1) + slot] = isRef(type) ? refs[(from >> 1) + slot] : null
    slot += slotsOf(type)
  }
  clearRefs(T, (to >> 1) + slot, end)
}

/** The trap of an indirect call: element `x` of a table is not there, null, or of another type. */
export function cannotCall(T: Thread, table: number, x: number): number {
  const { elements } = T.instance.tables[table]!
  if (x >= elements.length) {
    T.trapDetail = T.indexOf(x, table)
    return UNDEFINED_ELEMENT
  }
  if (elements[x] !== null) return WRONG_TYPE
  T.trapDetail = x
  return UNINITIALIZED_ELEMENT
}

/** Points the thread at the entry of a Wasm function. */
export function goTo(T: Thread, f: Func): void {
  if (f.instance === undefined) return
  T.instance = f.instance
  T.unit = T.executor.unitOf(f.instance.shared)
  T.pc = T.executor.entry(T.unit, f)
}
