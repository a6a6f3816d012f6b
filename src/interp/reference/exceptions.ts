/**
 * Exceptions (spec §4.6.4, §4.6.5), also those of the legacy proposal. A throw is handed to the driver, which walks the
 * frames; in each it looks here for a handler among the labels of that frame.
 */
import { firstWhere } from '../../bytes/search.ts'
import type { Clause } from '../../decoder/instruction-reader.ts'
import { Exn } from '../../runtime/exception.ts'
import * as STATUS from '../../runtime/status.ts'
import type { Handler, HandlerFrame, Thread } from '../../runtime/thread.ts'
import { slotsOf } from '../../spec/types.ts'
import { readBits, writeBits } from '../values.ts'
import { blockWidths, endOf, leaveTo } from './control.ts'
import { type Label, type Machine, type Rule, trap } from './machine.ts'
import type { CatchPart } from './outline.ts'

/** What a label does with exceptions that are thrown inside it. */
export interface Guard {
  /** try_table: its clauses, whose labels count from outside. Legacy try: its catches, each with the pc of its body. */
  readonly clauses: readonly (Clause | CatchPart)[]
  /** delegate: the label, counted from outside, that takes what is thrown; else -1. */
  readonly delegate: number
}

interface Found extends Handler {
  /** Place of the guarding label among T.labels. */
  readonly at: number
  readonly clause: Clause | CatchPart
}

/** How many labels there are up to those of the frame at `depth`. */
const labelsUpTo = (labels: readonly Label[], depth: number): number => firstWhere(labels.length, (i) => labels[i]!.depth > depth)

export function handlerIn(T: Thread, frame: HandlerFrame): Handler | undefined {
  const { instance, depth } = frame
  const labels = frame.labels as readonly Label[]
  const { tag } = T.exn!
  for (let at = labelsUpTo(labels, depth) - 1; at >= 0 && labels[at]!.depth === depth; at--) {
    const { guard } = labels[at]!
    if (guard === undefined) continue
    for (const clause of guard.clauses) {
      if (clause.tag < 0 || instance.tags[clause.tag] === tag) {
        const found: Found = { at, clause, keeps: clause.kind !== 'catch' && clause.kind !== 'catch_all' }
        return found
      }
      T.searched++
    }
    // On with the label itself that is named: the loop takes one off.
    if (guard.delegate >= 0) at -= guard.delegate
  }
  return undefined
}

/** Goes on in the handler's code. All labels inside the guarding one are gone, and with them that one itself. */
export function land(m: Machine, handler: Handler): void {
  const { T } = m
  const { at, clause } = handler as Found
  const { sp, next, width } = T.labels[at] as Label
  const exn = T.exn!
  T.labels.length = at
  T.sp = sp
  if (clause.tag >= 0) T.sp = writeBits(T, exn.tag.type.params, sp, exn.values)
  if (clause.kind === 'legacy') {
    const body: Label = { kind: 'block', depth: T.depth, next, width, sp, guard: undefined, caught: exn }
    T.labels.push(body)
    T.pc = clause.next
    return
  }
  if (clause.kind === 'catch_ref' || clause.kind === 'catch_all_ref') m.pushRef(exn)
  leaveTo(m, clause.label)
  T.pc = m.next
}

function openGuarded(m: Machine, guard: Guard): void {
  const { params, results } = blockWidths(m)
  const label: Label = {
    kind: 'block',
    depth: m.T.depth,
    next: endOf(m) + 1,
    width: results,
    sp: m.T.sp - params,
    guard,
    caught: undefined,
  }
  m.T.labels.push(label)
}

function throwExn(T: Thread, exn: Exn): number {
  T.exn = exn
  return STATUS.thrown
}

/** Reached only from above, when the part before is done: its results are the block's. */
const endPart: Rule = (m) => {
  m.next = m.label(0).next
  m.T.labels.pop()
}

export const exceptionRules: Record<string, Rule> = {
  throw: (m) => {
    const { T } = m
    const tag = T.instance.tags[m.reader.index]!
    const { params } = tag.type
    T.sp -= params.reduce((n, type) => n + slotsOf(type) * 2, 0)
    return throwExn(T, new Exn(tag, readBits(T, params, T.sp)))
  },
  throw_ref: (m) => {
    const exn = m.popRef() as Exn | null
    return exn === null ? trap('null exception reference') : throwExn(m.T, exn)
  },
  try_table: (m) => openGuarded(m, { clauses: m.reader.clauses, delegate: -1 }),

  try: (m) => openGuarded(m, m.outline.guards.get(m.T.pc)!),
  catch: endPart,
  catch_all: endPart,
  delegate: (m) => {
    m.T.labels.pop()
  },
  rethrow: (m) => throwExn(m.T, m.label(m.reader.index).caught!),
}
