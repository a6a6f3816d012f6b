/** Translation of blocks, branches and parametric instructions (spec §4.6.1–§4.6.3). */
import {
  BR,
  BR_IF_NOT_NULL,
  BR_IF_NULL,
  BR_TABLE,
  REF_AS_NON_NULL,
  SELECT128,
  SELECT32,
  SELECT64,
  SELECT_F64,
  SELECT_REF,
  UNREACHABLE,
} from '../../ops/numbers.gen.ts'
import { F64, V128, isRef, type ValType } from '../../spec/types.ts'
import { closeTry } from '../tries.ts'
import { type Label, type Translator, isWide } from '../translator.ts'

export type Rule = (t: Translator) => void

/** Pops `count` operands as slots, in i32 units; the first one was pushed first. */
export function popWords(t: Translator, count: number): number[] {
  const words = new Array<number>(count)
  for (let i = count - 1; i >= 0; i--) words[i] = t.popSlot().slot * 2
  return words
}

interface BlockType {
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
}
const EMPTY: BlockType = { params: [], results: [] }
export function blockType(t: Translator): BlockType {
  const { blockTypeidx, blockResult } = t.reader
  if (blockTypeidx >= 0) {
    const { comp } = t.module.types[blockTypeidx]!
    if (comp.kind === 'func') return comp
  }
  return blockResult === 0 ? EMPTY : { params: [], results: [blockResult] }
}

function block(t: Translator): void {
  const type = blockType(t)
  t.nop()
  t.settleAliases()
  t.settleTop(type.params.length)
  t.open('block', type)
}

function loop(t: Translator): void {
  const type = blockType(t)
  t.settleAliases()
  t.settleTop(type.params.length)
  // A branch to the label goes on behind the header (§4.6.1).
  t.nop()
  t.out.barrier()
  t.open('loop', type)
}

function ifThen(t: Translator): void {
  const type = blockType(t)
  const e = t.stack.pop()
  // The comparison is taken off the code first, so that values can be brought home in front of the branch.
  t.condition(e, true)
  t.settleAliases()
  t.settleTop(type.params.length)
  const place = t.emitCondition(false)
  t.out.barrier()
  t.open('if', type).elseFixup = place
}

function elseBranch(t: Translator): void {
  const label = t.innermost!
  if (!label.dead) {
    if (t.exact) {
      t.out.emit(BR, 0)
      label.elseJump = t.out.last + 1
    } else t.branch(label)
  }
  t.stack.height = label.height
  t.out.code[label.elseFixup] = t.out.pos
  label.elseFixup = -1
  label.dead = false
  t.out.barrier()
  t.pushHome(label.params)
}

/** Control falls through the end of a block: its results go where the code after it expects them. */
function endPart(t: Translator, label: Label): void {
  if (label.caught === undefined) {
    t.settleTop(label.results.length)
    if (label.elseJump >= 0) {
      t.out.code[label.elseJump] = t.out.pos
      t.out.barrier()
    }
    t.nop()
  } else if (t.exact) t.branch(label)
  else t.moveResults(label)
}

export function end(t: Translator): void {
  const label = t.innermost!
  if (label.kind === 'func') {
    if (!label.dead) t.branch(label)
    t.close()
    return
  }
  if (!label.dead) endPart(t, label)
  closeTry(t, label)
  t.stack.height = label.height
  t.bind(label)
  if (label.elseFixup >= 0) {
    // No else: parameters and results are the same values in the same places.
    t.out.code[label.elseFixup] = t.out.pos
    t.out.barrier()
  }
  t.close()
  t.pushHome(label.results)
}

function brTable(t: Translator): void {
  const { labels } = t.reader
  const index = t.popSlot()
  // The values stay where they are; a target that wants them elsewhere, or that takes a tick, is reached through a stub.
  const distinct = [...new Set(labels)]
  t.settleTop(t.label(labels[0]!).branchTypes.length)
  t.out.emit(BR_TABLE, index.slot * 2, labels.length - 1)
  const table = t.out.pos
  for (let i = 0; i < labels.length; i++) t.out.word(0)
  for (const depth of distinct) {
    const label = t.label(depth)
    const direct = label.kind === 'block' || label.kind === 'if'
    const places = labels.flatMap((l, i) => (l === depth ? [table + i] : []))
    if (direct && label.branchTypes.length === 0) {
      for (const place of places) t.target(label, place)
      continue
    }
    for (const place of places) t.out.code[place] = t.out.pos
    t.out.barrier()
    t.branch(label)
    t.out.barrier()
  }
  t.die()
}

function select(t: Translator): void {
  const c = t.popSlot()
  const b = t.popSlot()
  const a = t.popSlot()
  const home = t.push(a.type)
  if (isRef(a.type)) t.out.emit(SELECT_REF, home, a.slot, b.slot, c.slot * 2)
  else if (a.type === F64) t.out.emit(SELECT_F64, home, a.slot, b.slot, c.slot * 2)
  else t.out.emit(a.type === V128 ? SELECT128 : isWide(a.type) ? SELECT64 : SELECT32, home * 2, a.slot * 2, b.slot * 2, c.slot * 2)
}

/** br_on_null and br_on_non_null: the reference is the operand, and stays on the side where it is not null. */
function branchOnNull(t: Translator, onNull: boolean): void {
  const label = t.label(t.reader.index)
  const e = t.popSlot()
  if (!onNull) t.stack.pushLocal(e.type, e.slot)
  t.words.length = 0
  t.words.push(onNull ? BR_IF_NOT_NULL : BR_IF_NULL, e.slot)
  t.around(() => t.branch(label))
  if (onNull) t.stack.pushLocal(e.type, e.slot)
  else t.stack.pop()
}

const leave = (t: Translator, label: Label): void => {
  t.branch(label)
  t.die()
}

export const controlRules: Record<string, Rule> = {
  unreachable: (t) => {
    t.out.emit(UNREACHABLE)
    t.die()
  },
  nop: (t) => t.nop(),
  block,
  loop,
  if: ifThen,
  else: elseBranch,
  end,
  br: (t) => leave(t, t.label(t.reader.index)),
  br_if: (t) => {
    const e = t.stack.pop()
    t.branchIf(e, t.label(t.reader.index))
  },
  br_table: brTable,
  return: (t) => leave(t, t.labels[0]!),
  drop: (t) => {
    t.stack.pop()
    t.nop()
  },
  select,
  br_on_null: (t) => branchOnNull(t, true),
  br_on_non_null: (t) => branchOnNull(t, false),
  'ref.as_non_null': (t) => {
    const e = t.popSlot()
    t.out.emit(REF_AS_NON_NULL, t.push(e.type), e.slot)
  },
}
