/**
 * Everything about an executor of register code but the running: where code is found, translated and located, and how an
 * exception finds its handler. The executors `switch`, `closure` and `auto` differ only in `run`.
 */
import { type OffsetMap, offsetMap } from '../compiler/offset-map.ts'
import { translate, unitOf } from '../compiler/translate.ts'
import { opLengths } from '../ops/op-table.ts'
import { countUpTo } from '../bytes/search.ts'
import { type Catch, type CodeUnit, type FrameShape, type HandlerTable, type Tier } from '../runtime/code.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Continuation, SuspendClause } from '../runtime/continuation.ts'
import type { Executor, Handler, Thread, Values } from '../runtime/thread.ts'
import { writeBits } from './values.ts'

export function registerExecutor(name: string, tier: Tier, run: (T: Thread) => number): Executor {
  return {
    name,
    tier,
    isWatched: false,
    unitOf: (shared) => unitOf(shared, tier),
    entry: (unit, func) => unit!.entry[func.funcidx]!,
    run,
    translate: (T) => {
      const unit = T.unit!
      // pc stands at the `lazy` stub, whose operand is the function.
      const funcidx = unit.code[T.pc + 1]!
      if (unit.entry[funcidx] === T.pc) translate(T.instance.shared, unit, funcidx)
      T.pc = unit.entry[funcidx]!
    },
    afterCall: (T) => T.pc + opLengths[T.unit!.code[T.pc]!]!,
    locate: (instance, unit, pc, returning) => locate(instance.shared, unit!, returning ? pc - 1 : pc),
    functionAt: (instance, unit, pc, returning) => shapeAt(instance, unit, pc, returning).funcidx,
    shapeAt,
    handlerIn: (T, { instance, unit, shape, pc, returning }) => {
      const table = unit!.handlers.get(shape.funcidx)
      return table === undefined ? undefined : handlerAt(T, instance, table, returning ? pc - 1 : pc)
    },
    land,
    landAt,
  }
}

/**
 * The map that was asked for last, of each unit: most frames of a deep backtrace, and most traps of one program, are in the
 * same function.
 */
const lastMap = new WeakMap<CodeUnit, { readonly funcidx: number; readonly map: OffsetMap }>()
function mapOf(shared: Parameters<typeof offsetMap>[0], unit: CodeUnit, funcidx: number): OffsetMap {
  const last = lastMap.get(unit)
  if (last?.funcidx === funcidx) return last.map
  const map = offsetMap(shared, unit, funcidx)
  lastMap.set(unit, { funcidx, map })
  return map
}

/** Of the function that `pc` belongs to; at a `lazy` stub, of the one that has not begun. */
function shapeAt(instance: Instance, unit: CodeUnit | undefined, pc: number, returning: boolean): FrameShape {
  const { starts, shapes, code } = unit!
  const i = countUpTo(starts, returning ? pc - 1 : pc)
  if (i > 0) return shapes[i - 1]!
  const funcidx = code[pc + 1]!
  const link = (instance.funcs[funcidx]?.layout.link ?? 0) * 2
  return { funcidx, size: link + 2, link, mayCatch: false }
}

/** The first catch that takes `T.exn`, from the innermost try around `pc` outwards. */
function handlerAt(T: Thread, { tags }: Instance, table: HandlerTable, pc: number): Catch | undefined {
  const { tag } = T.exn!
  for (let index = table.at(pc); index >= 0; index = table.next[index]!) {
    for (const candidate of table.catches[index]!) {
      if (candidate.tag < 0 || tags[candidate.tag] === tag) return candidate
      T.searched++
    }
  }
  return undefined
}

/** Goes on at the landing of a clause: with the values, and the continuation. */
function landAt(T: Thread, { pc, slot, refSlot }: SuspendClause, { types, bits }: Values, continuation: Continuation): void {
  writeBits(T, types, T.fp + slot * 2, bits)
  T.refs[(T.fp >> 1) + refSlot] = continuation
  T.pc = pc
}

function land(T: Thread, handler: Handler): void {
  const { pc, tag, slot, exnSlot } = handler as Catch
  const exn = T.exn!
  if (tag >= 0) writeBits(T, exn.tag.type.params, T.fp + slot * 2, exn.values)
  if (exnSlot >= 0) T.refs[(T.fp >> 1) + exnSlot] = exn
  T.pc = pc
  T.arrived = handler
}

function locate(shared: Parameters<typeof offsetMap>[0], unit: CodeUnit, pc: number): { funcidx: number; offset: number } {
  const funcidx = unit.functionAt(pc)
  if (funcidx < 0) {
    // At a `lazy` stub: the function has not begun.
    const called = unit.code[pc + 1]!
    return { funcidx: called, offset: shared.module.code[called - shared.module.imported.func]?.start ?? 0 }
  }
  const [start] = unit.rangeAt(pc)
  return { funcidx, offset: mapOf(shared, unit, funcidx).offsetAt(pc - start) }
}
