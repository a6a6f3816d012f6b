/**
 * The code that a debugged program runs while nobody looks: a copy of what it would run anyway, in which only the entries of
 * functions with breakpoints lead out of it. So a program without breakpoints, or with some in code that it does not reach,
 * runs as fast as ever; at the first of them its thread goes on in exact code (join.ts). Used by core.ts.
 */
import { BREAK, LAZY } from '../ops/numbers.gen.ts'
import { CodeUnit } from '../runtime/code.ts'
import type { SharedModule } from '../runtime/instance.ts'
import { type Points, pointsOf } from './points.ts'

export class FullSpeedCode {
  readonly unit: CodeUnit
  /** How many instructions of a function are looked at. */
  private readonly watched: Map<number, number> = new Map()

  private readonly shared: SharedModule
  /** Of functions that a thread was in when it changed to exact code, or back. */
  private readonly known: Map<number, Points> = new Map()

  /** `unit`: the code that the program runs without a debugger. */
  constructor(shared: SharedModule, unit: CodeUnit) {
    this.shared = shared
    this.unit = copyOf(unit)
  }

  /** Of its code. */
  points(funcidx: number): Points {
    let points = this.known.get(funcidx)
    if (points === undefined) {
      points = pointsOf(this.shared, this.unit, funcidx)
      this.known.set(funcidx, points)
    }
    return points
  }

  isWatched(funcidx: number): boolean {
    return this.watched.has(funcidx)
  }

  /** An instruction of the function is looked at: whoever calls it stops at its stub. */
  watch(funcidx: number): void {
    const count = this.watched.get(funcidx) ?? 0
    this.watched.set(funcidx, count + 1)
    if (count === 0) this.lead(funcidx, BREAK, stubOf(funcidx))
  }
  unwatch(funcidx: number): void {
    const count = this.watched.get(funcidx)! - 1
    if (count > 0) this.watched.set(funcidx, count)
    else {
      this.watched.delete(funcidx)
      this.lead(funcidx, LAZY, translatedAt(this.unit, funcidx) ?? stubOf(funcidx))
    }
  }

  private lead(funcidx: number, op: number, to: number): void {
    const { code, entry, closures, linked } = this.unit
    const stub = stubOf(funcidx)
    code[stub] = op
    // What the executors have made of the op, where they have. Closures of calls go straight to those of the callee: all are made anew.
    closures.length = 0
    if (stub < linked.length) linked[stub] = undefined
    entry[funcidx] = to
  }
}

/** pc where the function has been translated to, the last time; undefined if it never was. */
export function translatedAt({ starts, shapes }: CodeUnit, funcidx: number): number | undefined {
  return starts[shapes.map((shape) => shape.funcidx).lastIndexOf(funcidx)]
}

/** pc of a function's stub (compiler/translate.ts): its op, and the function. */
const stubOf = (funcidx: number): number => 2 + 2 * funcidx

/** The same code at the same places. */
function copyOf(unit: CodeUnit): CodeUnit {
  const copy = new CodeUnit(unit.module, unit.tier, unit.code.slice(), unit.length, unit.entry.slice())
  copy.constants = unit.constants.slice()
  copy.constantCount = unit.constantCount
  copy.starts.push(...unit.starts)
  copy.shapes.push(...unit.shapes)
  for (const [funcidx, table] of unit.handlers) copy.handlers.set(funcidx, table)
  copy.clauses.push(...unit.clauses)
  return copy
}
