/**
 * Translation of exceptions (spec §4.6.4): try_table, throw, throw_ref, and the legacy try, catch, rethrow and delegate.
 * Entering and leaving a try emits nothing in the fast tier. The body of a legacy catch has the exception in an operand
 * slot below its values, for `rethrow`; Wasm does not see that entry.
 */
import { THROW, THROW_KNOWN, THROW_REF } from '../../ops/numbers.gen.ts'
import { HEAP_EXN, refType, slotsOf } from '../../spec/types.ts'
import type { Catch } from '../../runtime/code.ts'
import type { Translator } from '../translator.ts'
import { catchTo, catcherOf, closeTry, openTry, tryOf } from '../tries.ts'
import { type Rule, blockType, end } from './control.ts'

const EXN = refType(false, HEAP_EXN)

function throwTag(t: Translator): void {
  const tag = t.reader.index
  const params = t.tagParams(tag)
  const base = t.takeHome(params.length)
  const label = t.exact ? undefined : catcherOf(t, tag)
  t.out.emit(label === undefined ? THROW : THROW_KNOWN, tag, base * 2)
  if (label !== undefined) {
    if (label.branchTypes.length > 0) t.pushHome(params)
    t.branch(label)
  }
  t.die()
}

/** What try and try_table have in common: a block whose inside is guarded. */
function openGuarded(t: Translator, catchesOf: () => Catch[]): void {
  const type = blockType(t)
  t.nop()
  t.settleAliases()
  t.settleTop(type.params.length)
  const catches = catchesOf()
  const label = t.open('block', type)
  openTry(t, label, catches)
}

function tryTable(t: Translator): void {
  const { clauses } = t.reader
  // Labels count from outside the block, which is not open yet.
  openGuarded(t, () =>
    clauses.map(({ kind, tag, label }) => catchTo(t, t.label(label), tag, kind === 'catch_ref' || kind === 'catch_all_ref')),
  )
}

function legacyTry(t: Translator): void {
  t.hasLegacyTry = true
  const catches: Catch[] = []
  openGuarded(t, () => catches)
  t.innermost!.catches = catches
}

/** Ends the part before, and begins the body of a catch of `tag` (-1: catch_all). */
function legacyCatch(t: Translator, tag: number): void {
  const label = t.innermost!
  if (!label.dead) t.branch(label)
  closeTry(t, label)
  t.stack.height = label.height
  label.dead = false
  t.out.barrier()
  const params = tag < 0 ? [] : t.tagParams(tag)
  const exnSlot = t.stack.pushHidden(EXN)
  t.holdsRef(exnSlot)
  const caught: Catch = { tag, pc: t.out.pos, slot: exnSlot + slotsOf(EXN), exnSlot, keeps: false }
  label.catches.push(caught)
  label.caught = caught
  t.pushHome(params)
}

export const exceptionRules: Record<string, Rule> = {
  throw: throwTag,
  throw_ref: (t) => {
    t.out.emit(THROW_REF, t.popSlot().slot)
    t.die()
  },
  try_table: tryTable,

  try: legacyTry,
  catch: (t) => legacyCatch(t, t.reader.index),
  catch_all: (t) => legacyCatch(t, -1),
  delegate: (t) => {
    // The label counts from outside the try, which ends here.
    const label = t.innermost!
    if (label.ownTry >= 0) t.handlers!.next[label.ownTry] = tryOf(t.label(t.reader.index + 1))
    end(t)
  },
  rethrow: (t) => {
    const caught = t.label(t.reader.index).caught!
    caught.keeps = true
    t.out.emit(THROW_REF, caught.exnSlot)
    t.die()
  },
}
