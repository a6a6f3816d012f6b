/** Stack switching (proposal): continuations. Collected by ./index.ts. */
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import { matchesResultType } from '../../spec/matching.ts'
import { type FuncType, type ValType, EXNREF, formatValType, heapOf, isAbstract, isRef, refType } from '../../spec/types.ts'
import type { BodyValidator, Rule } from '../body.ts'
import { labelTypes } from './control.ts'

/** The function type that a continuation type goes on as. */
function contFunc(v: BodyValidator, typeidx: number): FuncType {
  return v.c.funcType(v.c.contType(typeidx, v.r.at).typeidx, v.r.at)
}

/** The typeidx of the continuation that a type refers to; `where` says where the type stands. */
function contOf(v: BodyValidator, t: ValType | undefined, where: string): number {
  if (t === undefined || !isRef(t) || isAbstract(heapOf(t))) {
    const found = t === undefined ? '' : formatValType(t)
    v.fail(
      `type mismatch: instruction requires concrete continuation reference type but ${where} has [${found}]`,
      `the last type of ${where === 'label' ? 'the label' : where} must be a reference to a continuation type, found ${t === undefined ? 'nothing' : found}`,
    )
  }
  return heapOf(t)
}

/** Clauses of a resume whose continuation gives `results`. */
function handlers(v: BodyValidator, r: InstructionReader, results: readonly ValType[]): void {
  for (const clause of r.clauses) {
    const tag = v.c.tag(clause.tag, r.at)
    if (clause.kind === 'switch') {
      if (tag.params.length > 0) v.fail('type mismatch in switch tag', `tag ${clause.tag} has parameters`)
      v.matchAll(results, tag.results, `switch on tag ${clause.tag}: the results of the continuation`)
      continue
    }
    const types = labelTypes(v.label(clause.label))
    const next = contFunc(v, contOf(v, types[types.length - 1], 'label'))
    v.matchAll(tag.params, types.slice(0, -1), `on tag ${clause.tag}: the values for label ${clause.label}`)
    // The continuation that the handler gets: it takes what suspend returns. Compared by structure, not by declaration.
    v.matchAll(next.params, tag.results, `on tag ${clause.tag}: the parameters of the continuation at label ${clause.label}`)
    v.matchAll(results, next.results, `on tag ${clause.tag}: the results of the continuation`)
  }
}

export const continuationRules: Record<string, Rule> = {
  'cont.new'(v, r) {
    const { typeidx } = v.c.contType(r.index, r.at)
    v.pop(refType(true, typeidx))
    v.push(refType(false, r.index))
  },
  'cont.bind'(v, r) {
    const from = contFunc(v, r.index)
    const to = contFunc(v, r.index2)
    const bound = from.params.length - to.params.length
    if (bound < 0) v.fail('type mismatch', `type ${r.index2} takes ${to.params.length} values, type ${r.index} only ${from.params.length}`)
    const rest = from.params.slice(bound)
    if (!matchesResultType(to.params, rest, v.c.types) || !matchesResultType(from.results, to.results, v.c.types)) {
      v.fail('type mismatch', `type ${r.index} without its first ${bound} parameters is not type ${r.index2}`)
    }
    v.pop(refType(true, r.index))
    v.popAll(from.params.slice(0, bound))
    v.push(refType(false, r.index2))
  },
  suspend(v, r) {
    const { params, results } = v.c.tag(r.index, r.at)
    v.popAll(params)
    v.pushAll(results)
  },
  resume(v, r) {
    const { params, results } = contFunc(v, r.index)
    handlers(v, r, results)
    v.pop(refType(true, r.index))
    v.popAll(params)
    v.pushAll(results)
  },
  resume_throw(v, r) {
    const { results } = contFunc(v, r.index)
    const { params } = v.c.tag(r.index2, r.at)
    handlers(v, r, results)
    v.pop(refType(true, r.index))
    v.popAll(params)
    v.pushAll(results)
  },
  resume_throw_ref(v, r) {
    const { results } = contFunc(v, r.index)
    handlers(v, r, results)
    v.pop(refType(true, r.index))
    v.pop(EXNREF)
    v.pushAll(results)
  },
  switch(v, r) {
    const { params, results } = contFunc(v, r.index)
    const tag = v.c.tag(r.index2, r.at)
    if (tag.params.length > 0) v.fail('type mismatch in switch tag', `tag ${r.index2} has parameters`)
    // The last parameter is the continuation that this one becomes.
    const own = contFunc(v, contOf(v, params[params.length - 1], 'the continuation'))
    v.matchAll(results, tag.results, `the results of type ${r.index}`)
    v.matchAll(tag.results, own.results, `the results of tag ${r.index2}`)
    v.pop(refType(true, r.index))
    v.popAll(params.slice(0, -1))
    v.pushAll(own.params)
  },
}
