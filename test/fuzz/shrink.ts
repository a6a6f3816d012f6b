/**
 * Makes a failing program small: functions that are not called any more lose their bodies, stretches of instructions are
 * taken out or replaced by something simpler, as long as the program stays valid and still shows the same difference.
 */
import { compile } from '../../src/index.ts'
import { everyFeature } from './features.ts'
import { type Func, type Instr, type Program, instr, toBytes } from './program.ts'

/** What may stand in for a stretch of instructions. */
const REPLACEMENTS: readonly (readonly Instr[])[] = [
  [],
  [instr('drop')],
  [instr('drop'), instr('drop')],
  [instr('i32.const', { lo: 1 })],
  [instr('i64.const', { lo: 1, hi: 0 })],
  [instr('f32.const', { lo: 0 })],
  [instr('f64.const', { lo: 0, hi: 0 })],
  [instr('drop'), instr('i32.const', { lo: 1 })],
  [instr('drop'), instr('drop'), instr('i32.const', { lo: 1 })],
  [instr('unreachable')],
]

const withCode = (p: Program, i: number, code: readonly Instr[]): Program => ({
  ...p,
  funcs: p.funcs.map((f, k): Func => (k === i ? { ...f, code } : f)),
})

export function isValid(p: Program): boolean {
  try {
    compile(toBytes(p), { features: everyFeature })
    return p.provider === undefined || isValid(p.provider)
  } catch {
    return false
  }
}

/** The smallest program found that is valid and still `fails`. `attempts` bounds the number of runs. */
export function shrink(program: Program, fails: (p: Program) => boolean, attempts = 3000): Program {
  let best = program
  let left = attempts
  const accept = (candidate: Program): boolean => {
    if (left <= 0 || !isValid(candidate)) return false
    left--
    if (!fails(candidate)) return false
    best = candidate
    return true
  }

  for (let round = 0; round < 4; round++) {
    const before = weight(best)
    for (let i = best.funcs.length - 1; i >= 0; i--) accept(withCode(best, i, [instr('unreachable'), instr('end')]))
    for (let i = 0; i < best.funcs.length; i++) shrinkBody(i)
    for (const e of best.exports.filter((x) => x.name.startsWith('run'))) accept({ ...best, exports: best.exports.filter((x) => x !== e) })
    if (best.provider !== undefined) {
      const outer = best
      const provider = shrink(best.provider, (q) => left-- > 0 && fails({ ...outer, provider: q }), Math.min(left, 500))
      accept({ ...best, provider })
    }
    if (weight(best) === before || left <= 0) break
  }
  return best

  function shrinkBody(i: number): void {
    for (let size = Math.max(1, best.funcs[i]!.code.length >> 1); ; size >>= 1) {
      for (let from = 0; from + size < best.funcs[i]!.code.length;) {
        const { code } = best.funcs[i]!
        const smaller = REPLACEMENTS.some(
          (middle) => middle.length < size && accept(withCode(best, i, [...code.slice(0, from), ...middle, ...code.slice(from + size)])),
        )
        if (!smaller) from += Math.max(1, size >> 1)
      }
      unwrap(i)
      if (size === 1) break
    }
  }

  /** Takes the `block … end` off its contents. */
  function unwrap(i: number): void {
    for (let from = 0; from < best.funcs[i]!.code.length; from++) {
      const { code } = best.funcs[i]!
      const { name } = code[from]!.row
      if (name !== 'block' && name !== 'loop' && name !== 'if') continue
      let depth = 0
      for (let to = from; to < code.length; to++) {
        const at = code[to]!.row.name
        if (at === 'block' || at === 'loop' || at === 'if') depth++
        if (at === 'end' && --depth === 0) {
          accept(
            withCode(best, i, [
              ...code.slice(0, from),
              ...(name === 'if' ? [instr('drop')] : []),
              ...code.slice(from + 1, to),
              ...code.slice(to + 1),
            ]),
          )
          break
        }
      }
    }
  }
}

export const weight = (p: Program): number =>
  p.funcs.reduce((n, f) => n + f.code.length, 0) + p.exports.length + (p.provider === undefined ? 0 : weight(p.provider))
