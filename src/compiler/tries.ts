/**
 * Tries during translation: which code stands inside which try, and where a catch goes on. None of it is code: a catch writes
 * the values it takes straight to where its label wants them. Used by the rules of blocks and of exceptions.
 *
 * This works because below an open label every operand is at home or a constant (`settleAliases` at its start), and because a
 * local is written where its `local.set` stands, or by the op just before, which cannot throw. The barriers keep ops from
 * being fused across the edge of a try.
 */
import { type Catch, HandlerTable } from '../runtime/code.ts'
import { SEARCHED_CATCHES } from '../runtime/ticks.ts'
import type { Label, Translator } from './translator.ts'

/** The guarded part of `label` begins. `catches` may still grow. */
export function openTry(t: Translator, label: Label, catches: readonly Catch[]): void {
  t.out.barrier()
  t.handlers ??= new HandlerTable()
  label.ownTry = t.handlers.open(t.out.pos, catches, t.innermostTry)
  t.innermostTry = label.ownTry
}

/** The guarded part of `label`, if there is one, ends. */
export function closeTry(t: Translator, label: Label): void {
  if (label.ownTry < 0) return
  t.out.barrier()
  label.ownTry = -1
  t.innermostTry = label.outerTry
  t.handlers!.enter(t.out.pos, label.outerTry)
}

/** The try that takes what is thrown directly inside `label`, or -1. */
export const tryOf = (label: Label): number => (label.ownTry < 0 ? label.outerTry : label.ownTry)

/** A catch that goes on at `label`: with the values, and on top the exception if `withRef`. */
export function catchTo(t: Translator, label: Label, tag: number, withRef: boolean): Catch {
  const slot = t.destination(label)
  const exnSlot = withRef ? slot + t.slotCount(tag < 0 ? [] : t.tagParams(tag)) : -1
  const landing: Catch = { tag, pc: label.start, slot, exnSlot, keeps: withRef }
  if (label.kind === 'loop') return landing
  label.landings.push(landing)
  t.landingLabels ??= new Map()
  t.landingLabels.set(landing, label)
  return landing
}

/**
 * The block whose end takes what is thrown here with tag `tag`, without the exception itself, if that is known: the first catch that may take
 * it does. An imported tag may be the same as another one. A loop's label is left to the search: landing there is no back-edge.
 */
export function catcherOf(t: Translator, tag: number): Label | undefined {
  if (t.hasLegacyTry || t.handlers === undefined) return undefined
  const { handlers } = t
  const isImported = (index: number): boolean => index < t.module.imported.tag
  let searched = 0
  for (let index = t.innermostTry; index >= 0; index = handlers.next[index]!) {
    for (const candidate of handlers.catches[index]!) {
      if (candidate.tag < 0 || candidate.tag === tag) {
        if (candidate.exnSlot >= 0) return undefined
        return t.landingLabels?.get(candidate)
      }
      if ((isImported(tag) && isImported(candidate.tag)) || ++searched === SEARCHED_CATCHES) return undefined
    }
  }
  return undefined
}

/** Where catches go that name the function's own label: the results are in place, so it is a plain return. */
export function returnLanding(t: Translator, { landings }: Label): void {
  if (landings.length === 0) return
  t.out.barrier()
  for (const landing of landings) landing.pc = t.out.pos
  t.handlers!.returnLanding = t.out.pos
  t.emitReturn()
}
