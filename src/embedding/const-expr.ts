/** Evaluates constant expressions (spec §3.4 constant expressions, §4.6.12): globals, segment offsets, table and element initialisers. */
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { UnsupportedError } from '../errors.ts'
import type { Expr } from '../module/module.ts'
import { i32Ring, i64Ring } from '../ops/semantics/ring.ts'
import type { Instance } from '../runtime/instance.ts'
import { V128, isRef } from '../spec/types.ts'

/** A value: its halves (i32 and f32 use the low one; floats are bits), or a reference. */
export interface ConstValue {
  readonly lo: number
  readonly hi: number
  readonly ref: unknown
  /** The four words of a v128; it has no halves. */
  readonly words?: readonly number[]
}

/** What an instruction that makes an object works with. */
export interface HeapMachine {
  readonly instance: Instance
  readonly arrayBytes: number
  readonly stack: ConstValue[]
}
let makeHeapObject: ((heap: HeapMachine, r: InstructionReader) => unknown) | undefined
/** `make` gives the object that an instruction makes, undefined for other instructions; `vitrine/gc` provides it (const-heap.ts). */
export function provideHeapConstants(make: (heap: HeapMachine, r: InstructionReader) => unknown): void {
  makeHeapObject = make
}

/** `arrayBytes`: the largest array that may be made (Limits.array). Throws Trap when one is larger, or outside its segment. */
export function evaluate(instance: Instance, expr: Expr, arrayBytes: number): ConstValue {
  const r = new InstructionReader(expr.bytes, expr.start, expr.end)
  const stack: ConstValue[] = []
  const push = (lo: number, hi = 0, ref: unknown = null): void => void stack.push({ lo, hi, ref })
  const heap: HeapMachine = { instance, arrayBytes, stack }
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
        const { buffer, byteOffset } = r.vector!
        const view = new DataView(buffer, byteOffset, 16)
        stack.push({ lo: 0, hi: 0, ref: null, words: [0, 4, 8, 12].map((at) => view.getInt32(at, true)) })
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
        else if (g.type.type === V128) stack.push({ lo: 0, hi: 0, ref: null, words: [...g.ints.subarray(g.at, g.at + 4)] })
        else push(g.ints[g.at]!, g.ints[g.at + 1])
        break
      }
      case 'i32.add':
      case 'i32.sub':
      case 'i32.mul': {
        const b = stack.pop()!
        const a = stack.pop()!
        push(i32Ring[name](a.lo, b.lo))
        break
      }
      case 'i64.add':
      case 'i64.sub':
      case 'i64.mul': {
        const b = stack.pop()!
        const a = stack.pop()!
        push(...i64Ring[name](a.lo, a.hi, b.lo, b.hi))
        break
      }
      case 'ref.i31':
        push(0, 0, (stack.pop()!.lo << 1) >> 1)
        break
      // The two hierarchies share their representation: see runtime/references.ts.
      case 'any.convert_extern':
      case 'extern.convert_any':
      case 'end':
        break
      default: {
        const object = makeHeapObject?.(heap, r)
        if (object === undefined)
          throw new UnsupportedError(r.instruction.feature, `${name} in a constant expression is not supported yet`, { offset: r.at })
        push(0, 0, object)
      }
    }
  }
  return stack.pop()!
}
