/**
 * Values between the register file and raw host values (see RawHostFunction): numbers, int32 halves for i64, references; and
 * as bits, the way exceptions carry them.
 */
import type { Thread } from '../runtime/thread.ts'
import { type ValType, F32, F64, I32, I64, V128, isRef, slotsOf } from '../spec/types.ts'

/** Pushes the raw form of the value at i32 unit `at` onto `out`: one number or reference, for i64 two halves. */
export function readRaw(T: Thread, type: ValType, at: number, out: unknown[]): void {
  if (type === I32) out.push(T.R[at])
  else if (type === I64) out.push(T.R[at], T.R[at + 1])
  else if (type === F64) out.push(T.F[at >> 1])
  else if (type === F32) out.push(T.S[at])
  else if (type === V128) out.push(T.R[at], T.R[at + 1], T.R[at + 2], T.R[at + 3])
  else out.push(T.refs[at >> 1])
}

/** Raw parameters of a function whose frame begins at `base`. */
export function readParams(T: Thread, types: readonly ValType[], base: number): unknown[] {
  const out: unknown[] = []
  let at = base
  for (let i = 0; i < types.length; i++) {
    const type = types[i]!
    if (type === I32) out.push(T.R[at])
    else readRaw(T, type, at, out)
    at += type === V128 ? 4 : 2
  }
  return out
}

/** Writes one raw result: a number, `[lo, hi]` for i64, a reference. */
export function writeRaw(T: Thread, type: ValType, at: number, value: unknown): void {
  if (type === I32) T.R[at] = value as number
  else if (isRef(type)) T.refs[at >> 1] = value
  else if (type === F64) T.F[at >> 1] = value as number
  else if (type === F32) T.S[at] = value as number
  else {
    const halves = value as readonly number[]
    for (let i = 0; i < halves.length; i++) T.R[at + i] = halves[i]!
  }
}

/** Writes what a raw host function returned: nothing, one value, or an array of several. */
export function writeResults(T: Thread, types: readonly ValType[], base: number, result: unknown): void {
  if (types.length === 0) return
  if (types.length === 1) {
    writeRaw(T, types[0]!, base, result)
    return
  }
  let at = base
  types.forEach((type, i) => {
    writeRaw(T, type, at, (result as readonly unknown[])[i])
    at += slotsOf(type) * 2
  })
}

const wordsOf = (type: ValType): number => (type === I32 || type === F32 ? 1 : type === V128 ? 4 : 2)

/** The values at `base` as bits: int32 words and references (see Exn.values). No float passes through a JS number. */
export function readBits(T: Thread, types: readonly ValType[], base: number): unknown[] {
  const out: unknown[] = []
  let at = base
  for (let k = 0; k < types.length; k++) {
    const type = types[k]!
    if (isRef(type)) out.push(T.refs[at >> 1])
    else for (let i = 0; i < wordsOf(type); i++) out.push(T.R[at + i])
    at += slotsOf(type) * 2
  }
  return out
}

/** Writes them back to `base`; returns the place behind them. */
export function writeBits(T: Thread, types: readonly ValType[], base: number, bits: readonly unknown[]): number {
  let at = base
  let next = 0
  for (let k = 0; k < types.length; k++) {
    const type = types[k]!
    if (isRef(type)) T.refs[at >> 1] = bits[next++]
    else for (let i = 0; i < wordsOf(type); i++) T.R[at + i] = bits[next++] as number
    at += slotsOf(type) * 2
  }
  return at
}
