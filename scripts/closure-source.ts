/**
 * The text of `src/interp/closure.gen.ts`: one maker for each scalar op, which takes the operands out of the code and gives
 * a closure that does the op. Used by scripts/gen-executors.ts. Written for engines that interpret what they are given:
 * every bytecode counts, and `| 0` on an index is one too many.
 */
import type { Operand, OpRow } from '../src/ops/ops.ts'
import { HEADER, dedent, expandControl, literals, uses } from './generator-text.ts'

const countOf = (text: string, name: string): number => text.split(new RegExp(`(?<![.\\w$])${name}\\b`)).length - 1
const replaceName = (text: string, name: string, by: string): string => text.replace(new RegExp(`(?<![.\\w$])${name}\\b`, 'g'), () => by)

/** Where control goes. `go` is the closure of a branch's target; that of a back-edge is made later than the branch. */
const inClosure = (text: string): string =>
  expandControl(text, {
    STOP: (status, at = 'pc') => `return stop(${status}, ${at})`,
    GO: (to) => (to === 't' ? 'return go(R, fp)' : `pc = ${to}; return ops[pc]`),
    TICK: (to) =>
      to === 't'
        ? 'return --ticks === 0 ? stop(STATUS.tick, t) : ops[t]'
        : `pc = ${to}; return --ticks === 0 ? stop(STATUS.tick, pc) : ops[pc]`,
    FRAME: (base) => `frame = ${base}`,
    RETURN: (link) => `depth = depth - 1; frame = R[${link} + 1]; pc = R[${link}]; return ops[pc]`,
  })

/** Names that a body may assign without having declared them. */
const known = new Set(['frame', 'depth', 'ticks', 'pc'])

/** What one input operand looks like in a body: the text to put in its place, or declarations. */
function bind(o: Operand, body: string, mayInline: boolean, fd: string): { declare: string; inline?: string } {
  const places: Partial<Record<Operand['kind'], string>> = {
    i32: `R[fp + $${o.name}]`,
    f32bits: `R[fp + $${o.name}]`,
    f32: `S[fp + $${o.name}]`,
    f64: `F[${fd} + $${o.name}]`,
    ref: `refs[${fd} + $${o.name}]`,
    slot: `fp + $${o.name}`,
    fslot: `${fd} + $${o.name}`,
  }
  const place = places[o.kind]
  if (place !== undefined) {
    const count = countOf(body, o.name)
    if (count === 0) return { declare: '' }
    const isAssigned = new RegExp(`(?<![.\\w$])${o.name} = `).test(body)
    if (count === 1 && mayInline && o.kind !== 'slot' && o.kind !== 'fslot') return { declare: '', inline: place }
    return { declare: `${isAssigned ? 'let' : 'const'} ${o.name} = ${place}` }
  }
  if (o.kind !== 'i64' && o.kind !== 'f64bits') return { declare: '' }
  const [lo, hi] = [`${o.name}l`, `${o.name}h`]
  if (!uses(body, hi)) return { declare: uses(body, lo) ? `const ${lo} = R[fp + $${o.name}]` : '' }
  const low = uses(body, lo) ? `, ${lo} = R[${o.name}i]` : ''
  return { declare: `const ${o.name}i = fp + $${o.name}${low}, ${hi} = R[${o.name}i + 1]` }
}

/** The view of each kind of access, how many of its elements are the bytes of one address as a shift, and what makes it signed. */
const accesses: Readonly<Record<string, readonly [view: string, shift: number, signed: string]>> = {
  Int8: ['B', 0, ' << 24 >> 24'],
  Uint8: ['B', 0, ''],
  Int16: ['H', 1, ' << 16 >> 16'],
  Uint16: ['H', 1, ''],
  Int32: ['W', 2, ''],
  Float64: ['D', 3, ''],
}

/**
 * Loads and stores index a typed array where the address is aligned: calling a method of a DataView costs an interpreter more
 * than all the rest of the op. So bounds are checked first, and nothing is thrown.
 */
function indexed(text: string, outOfBounds: string): string {
  let out = text.replace(/M\.set(\w+)\(\(([^;]*?) >>> 0\) \+ k, /g, 'const e = ($2 >>> 0) + k\nM.set$1(e, ')
  let width = 0
  const place = (kind: string, at: string): { view: string; test: string; signed: string } => {
    const [name, shift, signed] = accesses[kind]!
    width = Math.max(width, (1 << shift) + (at === 'e' ? 0 : 4))
    const index = shift === 0 ? 'e' : `e >>> ${shift}`
    return { view: `${name}[${at === 'e' ? index : `(${index}) + 1`}]`, test: shift === 0 ? '' : `e & ${(1 << shift) - 1}`, signed }
  }
  out = out.replace(/M\.get(\w+)\((e(?: \+ 4)?)(?:, true)?\)/g, (call, kind: string, at: string) => {
    const { view, test, signed } = place(kind, at)
    return test === '' ? `${view}${signed}` : `(${test} ? ${call} : ${view}${signed})`
  })
  out = out.replace(
    /M\.set(\w+)\((e(?: \+ 4)?), ((?:[^;()]|\([^()]*\))*?)(?:, true)?\)/g,
    (call, kind: string, at: string, value: string) => {
      const { view, test } = place(kind, at)
      return test === '' ? `${view} = ${value}` : `if (${test}) ${call}; else ${view} = ${value}`
    },
  )
  const check = `if (e ${width === 1 ? '>=' : `+ ${width} >`} bytes) return stop(${outOfBounds}, at)`
  const [before, address, after] = out.split(/(const e = [^;\n]*)(?:; |\n)/)
  return address === undefined ? `${check}\n${out}` : `${before}${address}\n${check}\n${after}`
}

/** The parameters that a maker needs for an operand: `$a` is a place in the frame, other words go under the operand's name. */
const parameter = ({ name, kind }: Operand): string => (kind === 'imm' || kind === 'target' ? name : `$${name}`)

interface Maker {
  /** Operands as a comment shows them. */
  readonly shown: string
  readonly parameters: readonly string[]
  readonly lines: readonly string[]
}

function makerOf(row: OpRow): Maker {
  const { name, operands, result, memory, jumps } = row
  const results = result === undefined ? [] : typeof result === 'string' ? [result] : [...result]
  const isControl = /\b(STOP|GO|TICK|FRAME|RETURN)\(/.test(row.body)
  const tidy = (text: string): string =>
    (isControl ? text.replace(/ \| 0\b/g, '') : text.replace(/(\[[^[\]]*) \| 0\]/g, '$1]')).replace(/ = ([eipx]) \+ 1 \| 0\b/g, ' = $1 + 1')
  // pc is known when the closure is made; what the control words write is a variable of the file.
  let body = tidy(row.body)
    .replace(/\bpc\b/g, 'at')
    .replace(/\bLENGTH\b/g, `${1 + operands.length}`)
  let values = results.map(tidy)
  const inputs = result === undefined ? operands : operands.slice(1)
  const all = [body, ...values].join('\n')

  // In slots: worked out once where it is used more than once.
  const inSlots = [...inputs, ...(result === undefined ? [] : operands.slice(0, 1))].filter((o) => ['f64', 'ref', 'fslot'].includes(o.kind))
  const many = inSlots.length > 1 || uses(all, 'fd')
  const fd = many ? 'fd' : '(fp >> 1)'
  const lines: string[] = many ? ['const fd = fp >> 1'] : []
  const mayInline = typeof result !== 'object' && !/\bfor \(/.test(all)
  for (const o of inputs) {
    const { declare, inline } = bind(o, all, mayInline, fd)
    if (declare !== '') lines.push(declare)
    if (inline !== undefined) {
      body = replaceName(body, o.name, inline)
      values = values.map((v) => replaceName(v, o.name, inline))
    }
  }
  const declared = new Set(
    [...`${lines.join('\n')}\n${body}`.matchAll(/\b(?:const|let) ((?:\w+ = [^;\n]*?)(?:, \w+ = [^;\n]*?)*)(?=[;\n]|$)/g)].flatMap(
      ([, list]) => [...list!.matchAll(/(?:^|, )(\w+) = /g)].map(([, n]) => n!),
    ),
  )
  const loose = [...new Set([...body.matchAll(/(?<![.\w$])(\w+) = /g)].map(([, n]) => n!))].filter((n) => !declared.has(n) && !known.has(n))
  if (loose.length > 0) lines.push(`let ${loose.map((n) => `${n} = 0`).join(', ')}`)

  const work: string[] = body === '' ? [] : dedent(body)
  if (values.length === 2) work.push(`const d = fp + $d`, `R[d] = ${values[0]}`, `R[d + 1] = ${values[1]}`)
  else if (values.length === 1) {
    const view = { f64: `F[${fd} + $d]`, f32: 'S[fp + $d]', ref: `refs[${fd} + $d]` }[operands[0]!.kind as 'f64'] ?? 'R[fp + $d]'
    work.push(`${view} = ${values[0]}`)
  }
  lines.push(...(memory ? indexed(work.join('\n'), "TRAP['out of bounds memory access']").split('\n') : work))
  if (!jumps) lines.push('return next(R, fp)')
  const text = literals(
    inClosure(lines.join('\n')).replace(/stop\(([^,]*), pc\)/g, (call, s: string) => (s === 'STATUS.tick' ? call : `stop(${s}, at)`)),
  )
  const shown = operands.map((o) => `${o.name}:${o.kind}`).join(' ')
  return { shown: `${name}${shown === '' ? '' : ` ${shown}`}`, parameters: operands.map(parameter), lines: text.split('\n') }
}

function write({ shown, parameters: words, lines }: Maker, key: string): string {
  const text = lines.join('\n')
  const needed = (n: string): boolean => new RegExp(`(?<![.\\w$])${n.replace('$', '\\$')}(?![\\w$])`).test(text)
  const parameters = ['next', 'go', 'at', ...words]
  while (parameters.length > 0 && !needed(parameters.at(-1)!)) parameters.pop()
  const frame = /\bfp\b/.test(text) ? `${/\bR\b/.test(text) ? '' : '_'}R, fp` : ''
  return [
    `  // ${shown}`,
    `  ${key}(${parameters.map((p) => (needed(p) ? p : `_${p}`)).join(', ')}) => (${frame}) => {`,
    ...lines.map((l) => `    ${l.trimEnd()}`),
    '  },',
  ].join('\n')
}

/**
 * Pairs of ops that become one closure where one follows the other: half of what an op costs is the call. Those that the
 * kernels and guests spend the most in; the code stays as it is, so that jumping to the second op needs nothing.
 */
const fused: Readonly<Record<string, string>> = {
  'i32.add_k':
    'i32.add_k mov32 load8_u load32 i64.load8_u f64.load store32_k store8_k store8 call br_if_i32_loop br_if_i32.ne_k_loop br_if_i32.lt_s_loop br_if_i32.lt_u_k_loop',
  'i32.add': 'i32.add_k i32.add load8_u load32 return br_if_i32.lt_u_k_loop',
  mov32: 'i32.add_k mov32',
  'i32.xor': 'i32.shl_k i32.shr_u_k',
  'i32.shl_k': 'i32.xor i32.add_k i32.add i32.or',
  'i32.shr_u_k': 'i32.xor i32.and_k',
  'i32.mul_k': 'i32.add i32.add_k',
  'i32.and_k': 'i32.shl_k',
  'i32.rotl_k': 'i32.xor',
  'i64.xor': 'i64.mul_k',
  'i64.shr_u_k': 'i64.xor',
  load8_u: 'i32.add_k',
  store32_k: 'i32.add_k',
  store8: 'i32.add_k',
  'f64.load': 'f64.mul i32.add_k',
  'f64.add': 'f64.add',
  'f32.mul': 'f32.add',
  enter: 'br_if_i32.lt_s_k',
}

/** One closure for two ops. The words of the first op get names of their own. */
function pairOf(first: OpRow, second: OpRow): Maker {
  const [a, b] = [makerOf(first), makerOf(second)]
  const words = new Map(a.parameters.map((p) => [p, `${p}1`]))
  // Its last line goes on to the next op.
  const own = a.lines
    .slice(0, -1)
    .map((l) =>
      l.replace(/(?<![.\w$])\$?[a-z]\w*/g, (word) => words.get(word) ?? (word === 'at' ? `at - ${1 + first.operands.length}` : word)),
    )
  const scoped = own.some((l) => /^(const|let) /.test(l)) ? ['{', ...own.map((l) => `  ${l}`), '}'] : own
  return { shown: `${a.shown}, ${b.shown}`, parameters: [...words.values(), ...b.parameters], lines: [...scoped, ...b.lines] }
}

/**
 * The same where the second op takes as its operand `a` what the first one has just written: that is then an expression inside
 * the other. Undefined for ops that are not that simple.
 */
function chainOf(first: OpRow, second: OpRow): Maker | undefined {
  const pair = pairOf(first, second)
  const written = /^(R\[fp \+ \$d1\] = [^;]*)$/.exec(pair.lines[0]!)
  const text = pair.lines.slice(1).join('\n')
  const [before, after, more] = text.split('R[fp + $a]')
  if (written === null || after === undefined || more !== undefined || /R\[/.test(before!.replace(/^R\[fp \+ \$d\] = /, '')))
    return undefined
  return { ...pair, lines: `${before}(${written[1]})${after}`.split('\n') }
}

/** Ops of instrumented code: only the dispatch loop runs that, so here they do nothing. */
const onlyInLoop = /^(count|weigh|probe)$/

export function closureSource(rows: readonly OpRow[], firstCold: number): string {
  const hot = rows.map((r) => (onlyInLoop.test(r.name) ? { ...r, body: '' } : r))
  const typed = (text: string): string => text.replaceAll(/const f = (elements\[x\]|refs\[[^\]]*\])/g, 'const f: any = $1')
  const makers = typed(hot.map((r, i) => write({ ...makerOf(r), shown: `${i} ${makerOf(r).shown}` }, '')).join('\n'))
  const numbers = new Map(hot.map((r, i) => [r.name, i]))
  const pairs = Object.entries(fused).flatMap(([a, list]) => list.split(' ').map((b) => [numbers.get(a)!, numbers.get(b)!] as const))
  const pairMakers = typed(pairs.map(([a, b]) => write(pairOf(hot[a]!, hot[b]!), `${a * 1024 + b}: `)).join('\n'))
  const chains = pairs.flatMap(([a, b]) => {
    const chain = chainOf(hot[a]!, hot[b]!)
    return chain === undefined ? [] : [write(chain, `${a * 1024 + b}: `)]
  })
  const wide = ['divS', 'divU', 'remS', 'remU', 'resultHi', 'truncWide', 'truncSatS', 'truncSatU', 'f32FromI64S', 'f32FromI64U'].filter(
    (n) => uses(makers, n),
  )
  return `${HEADER}/* oxlint-disable */
import { ${wide.join(', ')} } from '../ops/semantics/wide.ts'
import { getWord, setWord } from '../runtime/heap.ts'
import type { Closure, CodeUnit } from '../runtime/code.ts'
import type { Memory } from '../runtime/memory.ts'
import { isOfType } from '../runtime/references.ts'
import type { Thread } from '../runtime/thread.ts'
import { matchesCanonical } from '../spec/matching.ts'
import { coldOps } from './cold/index.ts'
import { runVectors } from './vectors.ts'

// The state of the thread that runs, between \`run\` and its end: one at a time, and nothing that an op does can run another.
// Variables of the file are what closures reach fastest; R and the frame are parameters, because nearly all need both.
let T: Thread, U: CodeUnit, code: Int32Array, entry: Int32Array, ops: readonly (Closure | undefined)[]
let F: Float64Array, S: Float32Array, K: Float64Array, G: Int32Array, M: DataView
let refs: any[]
/** Memory 0: its bytes, and views of them. */
let bytes = 0, B: Uint8Array, H: Uint16Array, W: Int32Array, D: Float64Array
let limit = 0, maxDepth = 0
/** Of the op at which the thread stops, or which has no closure yet. Not kept up to date in between. */
let pc = 0
let frame = 0, ticks = 0, depth = 0, status = 0

/**
 * Runs a thread from its pc until something needs the driver; returns a STATUS, or 0 when the function at pc has no closures
 * yet. Ops call each other along straight code; those that take a tick, calls and returns come back to this loop.
 */
export function run(thread: Thread): number {
  T = thread; U = T.unit!; code = U.code; entry = U.entry; ops = U.closures
  const R = T.R
  F = T.F; S = T.S; refs = T.refs as any[]
  K = U.constants; G = T.instance.globalInts; reachMemory(T.instance.memory0)
  limit = R.length; maxDepth = T.maxDepth
  pc = T.pc; frame = T.fp; ticks = T.ticks; depth = T.depth
  status = 0
  let op = ops[pc]
  while (op != null) op = op(R, frame) as Closure | undefined
  T.pc = pc
  T.fp = frame
  T.ticks = ticks
  T.depth = depth
  // A program that has ended is not kept alive from here.
  T = U = code = entry = ops = F = S = K = G = M = refs = B = H = W = D = undefined as never
  return status
}

function stop(why: number, where: number): null {
  status = why
  pc = where
  return null
}

function reachMemory(memory: Memory): void {
  const { words, halves, doubles } = memory.typedViews()
  M = memory.view; bytes = M.byteLength
  B = memory.bytes; H = halves; W = words; D = doubles
}

/** Vector ops are done by their loop, which comes back at the first op that it does not know. */
export const makeVector = (at: number): Closure => (_, fp) => {
  T.ticks = ticks
  status = runVectors(T, code, at, fp)
  pc = T.pc; ticks = T.ticks
  return status === 0 ? ops[pc] : null
}

/** Cold ops work on the thread's state and may replace the memory's view. */
export function makeCold(number: number, next: Closure, at: number): Closure {
  const body = coldOps[number - ${firstCold}]
  return (_, fp) => {
    T.pc = at; T.fp = fp; T.ticks = ticks
    status = body(T, code, at, fp)
    ticks = T.ticks
    if (status !== 0) { pc = at; return null }
    if (M !== T.instance.memory0.view) reachMemory(T.instance.memory0)
    return next
  }
}

type Maker = (next: Closure, go: Closure, at: number, ...words: number[]) => Closure

/**
 * By op number. \`next\` is what follows the op, \`go\` the target of its branch unless that is a back-edge, \`at\` its pc; then come
 * the words behind it in the code: \`$a\` is the place of an operand in the frame, other words have the operand's name.
 */
export const makers: readonly Maker[] = [
${makers}
]

/** Of two ops in one: by the number of the first times 1024 plus that of the second. \`at\` is the pc of the second. */
export const pairMakers: Readonly<Record<number, Maker>> = {
${pairMakers}
}

/** Of those, where the second op takes as its first operand what the first one writes. */
export const chainMakers: Readonly<Record<number, Maker>> = {
${chains.join('\n')}
}
`
}
