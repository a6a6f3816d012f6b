/** Evaluates constant expressions (spec §3.4 constant expressions, §4.6.12): globals, segment offsets, table and element initialisers. */
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { UnsupportedError } from '../errors.ts'
import type { Expr } from '../module/module.ts'
import { values } from '../ops/semantics/index.ts'
import type { Instance } from '../runtime/instance.ts'
import { V128, isRef } from '../spec/types.ts'

/** A value: its int32 words (i32 and f32 use the first, 64-bit types two, v128 all four; floats are bits), or a reference. */
export interface ConstValue {
  readonly lo: number
  readonly hi: number
  readonly third: number
  readonly fourth: number
  readonly ref: unknown
}

type Pair = (...args: number[]) => readonly [number, number]

export function evaluate(instance: Instance, expr: Expr): ConstValue {
  const r = new InstructionReader(expr.bytes, expr.start, expr.end)
  const stack: ConstValue[] = []
  const push = (lo: number, hi = 0, ref: unknown = null, third = 0, fourth = 0): void => void stack.push({ lo, hi, third, fourth, ref })
  while (r.next()) {
    const { name } = r.instruction
    switch (name) {
      case 'i32.const':
      case 'f32.const':
        push(r.lo)
        break
      case 'i64.const':
      case 'f64.const':
        push(r.lo, r.hi)
        break
      case 'v128.const': {
        const words = new DataView(r.vector!.buffer, r.vector!.byteOffset, 16)
        push(words.getInt32(0, true), words.getInt32(4, true), null, words.getInt32(8, true), words.getInt32(12, true))
        break
      }
      case 'ref.null':
        push(0)
        break
      case 'ref.func':
        push(0, 0, instance.funcs[r.index])
        break
      case 'global.get': {
        const g = instance.globals[r.index]!
        if (isRef(g.type.type)) push(0, 0, g.refs[g.at])
        else if (g.type.type === V128) push(g.ints[g.at]!, g.ints[g.at + 1], null, g.ints[g.at + 2], g.ints[g.at + 3])
        else push(g.ints[g.at]!, g.ints[g.at + 1])
        break
      }
      case 'i32.add':
      case 'i32.sub':
      case 'i32.mul': {
        const b = stack.pop()!
        const a = stack.pop()!
        push((values[name] as unknown as (a: number, b: number) => number)(a.lo, b.lo))
        break
      }
      case 'i64.add':
      case 'i64.sub':
      case 'i64.mul': {
        const b = stack.pop()!
        const a = stack.pop()!
        push(...(values[name] as unknown as Pair)(a.lo, a.hi, b.lo, b.hi))
        break
      }
      case 'end':
        break
      default:
        throw new UnsupportedError(r.instruction.feature, `${name} in a constant expression is not supported yet`, { offset: r.at })
    }
  }
  return stack.pop()!
}
