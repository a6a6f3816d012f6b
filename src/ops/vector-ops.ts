/**
 * The rows of the vector ops: one for each vector instruction, under its name, made from the semantics and specialised to
 * its lanes; and the moves of vectors. Read by ops.ts, and so by scripts/gen-executors.ts only. An operand is a `slot`,
 * which the body sees as an index in R, also where it is a scalar.
 */
import { type Instruction, byName, instructions } from '../spec/instructions.ts'
import { type ValType, F64, I64, V128 } from '../spec/types.ts'
import type { Operand, OpRow } from './ops.ts'
import { type Inlined, inline } from './inline.ts'
import { type LaneKind, type LaneRow, laneRows, meaningOf, vectorFunctions, vectorLoads, vectorStores } from './semantics/vector.ts'

/** View of each kind of lane, bytes of a lane, and the index of a vector's first lane. */
const views: Record<LaneKind, { view: string; bytes: number; first: (place: string) => string }> = {
  i8: { view: 'I8', bytes: 1, first: (p) => `(${p} << 2)` },
  u8: { view: 'U8', bytes: 1, first: (p) => `(${p} << 2)` },
  i16: { view: 'I16', bytes: 2, first: (p) => `(${p} << 1)` },
  u16: { view: 'U16', bytes: 2, first: (p) => `(${p} << 1)` },
  i32: { view: 'R', bytes: 4, first: (p) => p },
  f32: { view: 'S', bytes: 4, first: (p) => p },
  f64: { view: 'F', bytes: 8, first: (p) => `(${p} >> 1)` },
  i64: { view: 'R', bytes: 8, first: (p) => p },
}
const lanesOf = (kind: LaneKind): number => 16 / views[kind].bytes

/** `base + 3 | 0`, but `base` for 0. */
const plus = (base: string, n: number): string => (n === 0 ? base.replace(/^\((.*)\)$/, '$1') : `${base} + ${n} | 0`)
/** Lane `i` of the vector at `place`: one access, for i64 two. */
function lane(kind: LaneKind, place: string, i: number): string[] {
  const { view, first } = views[kind]
  if (kind === 'i64') return [0, 1].map((half) => `R[${plus(place, 2 * i + half)}]`)
  return [`${view}[${plus(first(place), i)}]`]
}

const names = 'abc'
/** Operands as the code holds them. */
const operandsOf = ({ type }: Instruction): Operand[] => [
  { name: 'd', kind: 'slot' },
  ...type!.params.map((_, i): Operand => ({ name: names[i]!, kind: 'slot' })),
]

const replaceWords = (text: string, words: ReadonlyMap<string, string>): string =>
  text.replace(/(?<!\.)\b[A-Za-z_$][\w$]*\b/g, (word) => words.get(word) ?? word)
const count = (text: string, word: string): number => text.split(new RegExp(`(?<!\\.)\\b${word}\\b`)).length - 1

/** A lane function applied to the given arguments: statements, and the expressions of its result. */
function apply(fn: Inlined, args: readonly string[], isTest: boolean, to: LaneKind): { before: string[]; result: string[] } {
  const parts = typeof fn.result === 'string' ? [fn.result] : [...fn.result]
  const text = [fn.body, ...parts].join('\n')
  const before: string[] = []
  const words = new Map<string, string>()
  fn.params.forEach((param, i) => {
    // What is used once is put in place, unless statements stand in between.
    if (count(text, param) === 1 && fn.body === '') words.set(param, args[i]!)
    else if (count(text, param) > 0) {
      words.set(param, `x${i}`)
      if (args[i] !== `x${i}`) before.push(`const x${i} = ${args[i]}`)
    }
  })
  if (fn.body !== '') before.push(replaceWords(fn.body, words))
  let result = parts.map((p) => replaceWords(p, words))
  if (isTest) {
    result = [`(${result[0]}) ? -1 : 0`]
    // Both halves of an i64 are the same.
    if (to === 'i64') {
      before.push(`const r = ${result[0]}`)
      result = ['r', 'r']
    }
  }
  return { before, result }
}

/** The body of a row: every lane written out, or a loop where there are eight or more and each goes to its own place. */
function laneBody(instruction: Instruction, { from, to, pick, compute }: LaneRow): string {
  const fn = inline(compute)
  const isTest = typeof compute(0, 0, 0, 0, 0, 0) === 'boolean'
  const types = instruction.type!.params
  const lines: string[] = []
  const scalars = new Map<number, string[]>()
  // Scalars first: their place may be the result's.
  let position = 0
  types.forEach((type, i) => {
    const perLane = from === 'i64' ? 2 : 1
    if (type !== V128) {
      const words = type === I64 || type === F64 ? 2 : 1
      const own = Array.from({ length: words }, (_, w) => `x${position + w}`)
      own.forEach((x, w) => lines.push(`const ${x} = R[${plus(names[i]!, w)}]`))
      scalars.set(i, own)
      position += words
    } else position += pick === 'pairs' ? 2 * perLane : perLane
  })

  const sources = lanesOf(from)
  const results = lanesOf(to)
  /** Arguments for result lane i. */
  const argsOf = (i: number): string[] | undefined => {
    if (pick === 'concat') {
      const [a, b] = [i < sources ? i : i - sources, i < sources ? 'a' : 'b'] as const
      return lane(from, b, a)
    }
    const at = pick === 'high' ? i + sources / 2 : pick === 'pairs' ? 2 * i : i
    if (at >= sources) return undefined
    return types.flatMap((type, k) => {
      if (type !== V128) return scalars.get(k)!
      return pick === 'pairs' ? [...lane(from, names[k]!, at), ...lane(from, names[k]!, at + 1)] : lane(from, names[k]!, at)
    })
  }

  const inPlace = pick === 'lane' && views[from].bytes === views[to].bytes
  if (inPlace && results >= 8) return loopBody(lines, types, fn, isTest, from, to, scalars)
  if (types.every((type) => type !== V128)) {
    // A splat: every lane is the same.
    const { before, result } = apply(fn, argsOf(0)!, isTest, to)
    lines.push(...before, ...result.map((r, k) => `const r${k} = ${r}`))
    for (let i = 0; i < results; i++) lines.push(...lane(to, 'd', i).map((target, k) => `${target} = r${k}`))
    return lines.join('\n')
  }
  if (inPlace) {
    for (let i = 0; i < results; i++) {
      const { before, result } = apply(fn, argsOf(i)!, isTest, to)
      lines.push(...before)
      const targets = lane(to, 'd', i)
      // Both halves are computed before the first is stored.
      if (result.length === 2 && result[0] !== 'r') {
        lines.push(`const r = ${result[0]}`, `${targets[1]} = ${result[1]}`, `${targets[0]} = r`)
      } else targets.forEach((t, k) => lines.push(`${t} = ${result[k]}`))
    }
    return lines.join('\n')
  }
  // Lanes change places: all results first, as words where several lanes share one.
  const stores: string[] = []
  const perWord = views[to].bytes < 4 ? 4 / views[to].bytes : 1
  const bits = 8 * views[to].bytes
  for (let i = 0; i < results; i++) {
    const args = argsOf(i)
    const targets = lane(to, 'd', i)
    if (args === undefined) {
      stores.push(...targets.map((t) => `${t} = 0`))
      continue
    }
    const { before, result } = apply(fn, args, isTest, to)
    lines.push(...before)
    if (perWord === 1) {
      result.forEach((r, k) => {
        const temporary = `r${i * result.length + k}`
        lines.push(`const ${temporary} = ${r}`)
        stores.push(`${targets[k]} = ${temporary}`)
      })
      continue
    }
    const word = `r${Math.floor(i / perWord)}`
    const shift = (i % perWord) * bits
    const masked = `(${result[0]}) & ${2 ** bits - 1}`
    lines.push(shift === 0 ? `const ${word} = ${masked}` : `${word} = ${word} | (${masked}) << ${shift}`)
    if (shift === 0) stores.push(`R[${plus('d', Math.floor(i / perWord))}] = ${word}`)
  }
  return [...lines, ...stores].join('\n')
}

function loopBody(
  lines: readonly string[],
  types: readonly ValType[],
  fn: Inlined,
  isTest: boolean,
  from: LaneKind,
  to: LaneKind,
  scalars: ReadonlyMap<number, string[]>,
): string {
  const starts = ['s', 't', 'u']
  const out = [...lines, `const q = ${plus(views[to].first('d'), 0)}`]
  const args = types.flatMap((type, k) => {
    if (type !== V128) return scalars.get(k)!
    out.push(`const ${starts[k]} = ${plus(views[from].first(names[k]!), 0)}`)
    return [`${views[from].view}[${starts[k]} + i | 0]`]
  })
  const { before, result } = apply(fn, args, isTest, to)
  const body = [...before, `${views[to].view}[q + i | 0] = ${result[0]}`].join('; ')
  out.push('const i = 0', `for (; i < ${lanesOf(to)}; i = i + 1 | 0) { ${body} }`)
  return out.join('\n')
}

/** The statements of a function on vectors as they stand in the loop, where the views are locals. */
function paste(fn: (...args: never[]) => void): string {
  const text = fn.toString()
  const block = text.slice(text.indexOf('{') + 1, text.lastIndexOf('}'))
  return block
    .replace(/^ {4}/gm, '')
    .replace(/\bv\./g, '')
    .replace(/^( *)for \(let i = 0; i < 4; i\+\+\) (.*);$/gm, (_, indent: string, statement: string) =>
      [0, 1, 2, 3].map((i) => indent + statement.replace(/ \+ i\b/g, i === 0 ? '' : ` + ${i}`).replace(/\bi\b/g, `${i}`)).join('\n'),
    )
    .replace(/\bfor \(let (\w+) = (\d+); /g, 'const $1 = $2\nfor (; ')
    .replace(/\blet /g, 'const ')
    .replace(/;$/gm, '')
    .replace(/\b(R|F|S|I8|U8|I16|U16)\[([^[\]]*\+[^[\]]*)\]/g, '$1[$2 | 0]')
    .trim()
}

const row = (name: string, operands: readonly Operand[], body: string, memory = false): OpRow => ({
  name,
  operands,
  body,
  result: undefined,
  jumps: false,
  last: false,
  memory,
  cold: false,
  vector: true,
})
const operand = (text: string): Operand[] =>
  text.split(' ').map((word) => {
    const [name, kind] = word.split(':') as [string, Operand['kind']]
    return { name, kind }
  })

const ADDRESS = 'const e = (a >>> 0) + k\n'

function instructionRow(instruction: Instruction): OpRow {
  const { name, immediates } = instruction
  const lanes = laneRows[name]
  if (lanes !== undefined) return row(name, operandsOf(instruction), laneBody(instruction, lanes))
  const hasLane = immediates.includes('lane')
  const load = vectorLoads[name]
  if (load !== undefined) return row(name, operand(`d:slot a:i32 k:imm${hasLane ? ' b:slot n:imm' : ''}`), ADDRESS + paste(load), true)
  const store = vectorStores[name]
  if (store !== undefined) return row(name, operand(`a:i32 k:imm b:slot${hasLane ? ' n:imm' : ''}`), ADDRESS + paste(store), true)
  const fn = vectorFunctions[name]
  if (fn === undefined) throw new Error(`no semantics for ${name}`)
  const constants = immediates.includes('lanes') ? operand('k:imm l:imm m:imm n:imm') : hasLane ? operand('k:imm') : []
  return row(name, [...operandsOf(instruction), ...constants], paste(fn))
}

const COPY = [0, 1, 2, 3].map((i) => `R[${plus('d', i)}] = R[${plus('s', i)}]`).join('\n')
const moves: OpRow[] = [
  row('mov128', operand('d:slot s:slot'), COPY),
  row('const128', operand('d:slot k:imm l:imm m:imm n:imm'), ['k', 'l', 'm', 'n'].map((k, i) => `R[${plus('d', i)}] = ${k}`).join('\n')),
  row('select128', operand('d:slot a:slot b:slot c:i32'), `const s = c !== 0 ? a : b\n${COPY}`),
  // A shuffle of whole words: each has a place of its own, the sources are read before the result is written.
  row(
    'shuffle_words',
    operand('d:slot a:slot b:slot c:slot s:slot'),
    [
      'const r0 = R[a]',
      'const r1 = R[b]',
      'const r2 = R[c]',
      'const r3 = R[s]',
      ...[0, 1, 2, 3].map((i) => `R[${plus('d', i)}] = r${i}`),
    ].join('\n'),
  ),
  // A v128 global is a cell, whether the instance's own or imported.
  row('cell.get128', operand('d:slot k:imm'), `const g = T.instance.globals[k], s = g.at\n${COPY.replace(/= R/g, '= g.ints')}`),
  row('cell.set128', operand('k:imm s:slot'), `const g = T.instance.globals[k], d = g.at\n${COPY.replace(/^R/gm, 'g.ints')}`),
]

/** All vector ops. `v128.const` is a move, and instructions of one meaning share an op. */
export function vectorRows(): OpRow[] {
  const constant = byName.get('v128.const')!.id
  const vectors = instructions.filter(
    ({ feature, id, name }) => (feature === 'simd' || feature === 'relaxed-simd') && id !== constant && meaningOf(name) === name,
  )
  return [...moves, ...vectors.map(instructionRow)]
}
