/** Blocks, branches and parametric instructions (spec §3.4.1, §3.4.2). Collected by ./index.ts. */
import { type ValType, BOT, I32, formatValType, isNum, isVec } from '../../spec/types.ts'
import type { BodyValidator, Frame, Rule } from '../body.ts'

/** A branch to a loop goes to its start, to any other frame to its end. */
export const labelTypes = (f: Frame): readonly ValType[] => (f.kind === 'loop' ? f.params : f.results)

/** Takes the parameters and opens a frame for the block type that was just read. */
export function openBlock(v: BodyValidator, kind: Frame['kind']): void {
  v.popAll(v.blockParams)
  v.open(kind, v.blockParams, v.blockResults)
}

export const controlRules: Record<string, Rule> = {
  unreachable: (v) => v.unreachable(),
  block(v, r) {
    v.blockType(r)
    openBlock(v, 'block')
  },
  loop(v, r) {
    v.blockType(r)
    openBlock(v, 'loop')
  },
  if(v, r) {
    v.blockType(r)
    v.pop(I32)
    openBlock(v, 'if')
  },
  else(v) {
    if (v.frame.kind !== 'if') v.fail('END opcode expected', 'else without if')
    const { params, results } = v.close()
    v.open('else', params, results)
  },
  end(v) {
    const { kind, params, results } = v.close()
    // Without an else the parameters themselves are the results.
    if (kind === 'if') v.matchAll(params, results, 'there is no else: the parameters of the if')
    if (v.depth > 0) v.pushAll(results)
  },
  br(v, r) {
    v.popAll(labelTypes(v.label(r.index)))
    v.unreachable()
  },
  br_if(v, r) {
    const types = labelTypes(v.label(r.index))
    v.pop(I32)
    v.popAll(types)
    // What the label wants, not what was there: the operands may become less precise.
    v.pushAll(types)
  },
  br_table(v, r) {
    v.pop(I32)
    const { labels } = r
    const last = labelTypes(v.label(labels[labels.length - 1]!))
    for (let i = 0; i < labels.length; i++) {
      const frame = v.label(labels[i]!)
      if (frame.checkedAt === r.at) continue
      frame.checkedAt = r.at
      const types = labelTypes(frame)
      if (types.length !== last.length) {
        v.fail('type mismatch', `label ${labels[i]} takes ${types.length} values, the default label ${last.length}`)
      }
      v.peekAll(types)
    }
    v.unreachable()
  },
  return(v) {
    v.popAll(v.returns)
    v.unreachable()
  },

  drop(v) {
    v.popAny()
  },
  select(v) {
    v.pop(I32)
    const second = v.popAny()
    const first = v.popAny()
    if ((first !== BOT && !isNum(first) && !isVec(first)) || (second !== BOT && !isNum(second) && !isVec(second))) {
      v.fail('type mismatch', 'select without a type takes numbers and vectors; for references write the type: select (result …)')
    }
    if (first !== second && first !== BOT && second !== BOT) {
      v.fail('type mismatch', `the two values are ${formatValType(first)} and ${formatValType(second)}`)
    }
    v.push(first === BOT ? second : first)
  },
  'select t'(v, r) {
    if (r.types.length !== 1) v.fail('invalid result arity', `select has ${r.types.length} result types, it must have one`)
    const type = r.types[0]!
    v.c.checkValType(type, r.at)
    v.pop(I32)
    v.pop(type)
    v.pop(type)
    v.push(type)
  },
}
