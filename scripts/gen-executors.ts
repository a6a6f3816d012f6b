/**
 * Writes the generated files from the op rows: `ops.gen.ts` (layouts), `numbers.gen.ts` and `op-names.gen.ts` in `src/ops/`,
 * `src/compiler/tables.gen.ts`, and in `src/interp/` `switch.gen.ts` (the dispatch loop), `vector.gen.ts` (the vector loop) and
 * `closure.gen.ts`. Run `npm run gen`; CI regenerates and compares.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { Operand, OperandKind, OpRow } from '../src/ops/ops.ts'
import { closureSource } from './closure-source.ts'
import { compilerTables } from './compiler-tables.ts'
import { fusions } from './fusions.ts'
import { HEADER, characters, dedent, expandControl, literal, literals, steps, uses } from './generator-text.ts'
import { TRAP, trapMessages } from '../src/runtime/traps.ts'

/** Imports the op rows through esbuild: their functions are read back with toString, and the TypeScript runner squeezes out newlines. */
async function loadRows(): Promise<OpRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-gen-'))
  const outfile = join(folder, 'ops.mjs')
  try {
    const entry = fileURLToPath(new URL('../src/ops/ops.ts', import.meta.url))
    await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'neutral', logLevel: 'warning' })
    return ((await import(pathToFileURL(outfile).href)) as typeof import('../src/ops/ops.ts')).allRows()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const rows = await loadRows()
const firstVector = rows.findIndex((r) => r.vector)
const firstCold = rows.findIndex((r) => r.cold)
if (rows.slice(firstCold).some((r) => !r.cold)) throw new Error('cold ops must come last')
if (rows.slice(firstVector, firstCold).some((r) => !r.vector)) throw new Error('vector ops must come right before the cold ones')
const lengthOf = (r: OpRow): number => 1 + r.operands.length

// ---- the dispatch loop --------------------------------------------------------------------------------------------

/** Whether the loop that is being written runs linked ops, or the words of the code. */
let isLinked = true
/** A linked op has its first three words at hand; the vector loop reads them once, before the switch: half the bytecode of reading them in every case. */
const AT_HAND = 3
const word = (i: number): string => (i <= AT_HAND ? (isLinked ? `o.w${i}` : `w${i}`) : `code[${isLinked ? 'o.pc' : 'pc'} + ${i} | 0]`)

/**
 * Operands are variables of the whole function, shared by all cases: V8 gives every block-scoped variable a register of its
 * own, and from the 128th on each access takes a wider bytecode (measured: 72 KB instead of 40 KB for this loop).
 */
const variables = new Map<string, 'number' | 'any'>()
function assign(name: string, kind: OperandKind, value: string): string {
  const type = kind === 'ref' ? 'any' : 'number'
  // A name may stand for a number in one case and for a reference in another.
  const variable = type === 'any' ? `${name}Ref` : name
  variables.set(variable, type)
  return `${variable} = ${value}`
}

/** The declarations that give a row's body its operands, for operand number `i` (1-based place in the code). */
function bind(o: Operand, i: number, body: string): string {
  const at = word(i)
  const declare = (name: string, value: string): string => (uses(body, name) ? assign(name, o.kind, value) : '')
  switch (o.kind) {
    case 'i32':
    case 'f32bits':
      return declare(o.name, `R[fp + ${at} | 0]`)
    case 'f32':
      return declare(o.name, `S[fp + ${at} | 0]`)
    case 'f64':
      return declare(o.name, `F[fd + ${at} | 0]`)
    case 'ref':
      return declare(o.name, `refs[fd + ${at} | 0]`)
    case 'i64':
    case 'f64bits': {
      const [lo, hi] = [`${o.name}l`, `${o.name}h`]
      if (!uses(body, hi)) return declare(lo, `R[fp + ${at} | 0]`)
      const index = `${o.name}i`
      return [assign(index, 'imm', `fp + ${at} | 0`), declare(lo, `R[${index}]`), declare(hi, `R[${index} + 1 | 0]`)]
        .filter((x) => x !== '')
        .join('; ')
    }
    case 'slot':
      return declare(o.name, `fp + ${at} | 0`)
    case 'fslot':
      return declare(o.name, `fd + ${at} | 0`)
    case 'imm':
      return declare(o.name, at)
    case 'target':
      return isLinked ? '' : declare(o.name, at)
  }
}

function store(kind: OperandKind, result: string | readonly [string, string]): string {
  const at = word(1)
  if (typeof result !== 'string') return `${assign('d', 'imm', `fp + ${at} | 0`)}; R[d] = ${result[0]}; R[d + 1 | 0] = ${result[1]}`
  if (kind === 'f64') return `F[fd + ${at} | 0] = ${result}`
  if (kind === 'f32') return `S[fp + ${at} | 0] = ${result}`
  if (kind === 'ref') return `refs[fd + ${at} | 0] = ${result}`
  return `R[fp + ${at} | 0] = ${result}`
}

/** The linked op at a pc. */
const linkedAt = (pc: string): string => (pc === 't' ? 'o.to' : `ops[${pc}] ?? notLinked(${pc})`)
/** What the control words of a row (see ops.ts) are in the dispatch loop. */
const inLinkedLoop = (text: string): string =>
  expandControl(text.replace(/(?<!\.)\bpc\b/g, 'o.pc'), {
    STOP: (status, at) => `${at === undefined ? '' : 'o = o.next; '}status = ${status}; break loop`,
    GO: (to) => `o = ${linkedAt(to)}; continue`,
    TICK: (to) => `o = ${linkedAt(to)}; if ((ticks = ticks - 1 | 0) === 0) break loop; continue`,
    FRAME: (base) => `fp = ${base}; fd = fp >> 1`,
    RETURN: (link) => `o = ${linkedAt(`R[${link}]`)}; fp = R[${link} + 1 | 0]; fd = fp >> 1; depth = depth - 1 | 0; continue`,
    HOST: (func, base) => `T.pc = o.pc; T.fp = fp; T.ticks = ticks; T.depth = depth
const why = callFromExecutor(T, ${func}, ${base}); ticks = T.ticks | 0
if (why !== 0) { status = why; break loop }
M = T.instance.memory0.view`,
  })
/** The same in the vector loop, which runs the words of the code. */
const inLoop = (text: string): string =>
  isLinked
    ? inLinkedLoop(text)
    : expandControl(text, {
        STOP: (status, at) => `${at === undefined ? '' : `pc = ${at} | 0; `}status = ${status}; break`,
        GO: (to) => `pc = ${to}; continue`,
        TICK: (to) => `pc = ${to}; if ((ticks = ticks - 1 | 0) === 0) { status = STATUS.tick; break } continue`,
        FRAME: (base) => `fp = ${base}; fd = fp >> 1`,
        RETURN: (link) => `pc = R[${link}]; fp = R[${link} + 1 | 0]; fd = fp >> 1; depth = depth - 1 | 0; continue`,
        HOST: () => {
          throw new Error('the vector loop calls nobody')
        },
      })

/** A row's text with its constants hoisted to variables of the function, and references under their own names. */
function hoist(r: OpRow): OpRow {
  const refs = r.operands.filter((o) => o.kind === 'ref' && o.name !== 'd').map((o) => o.name)
  const change = (text: string): string => {
    let out = text
    for (const name of refs) out = out.replace(new RegExp(`\\b${name}\\b`, 'g'), `${name}Ref`)
    return out.replace(/\bconst ((?:\w+ = [^;\n]*)(?:, \w+ = [^;\n]*)*)/g, (_, list: string) => {
      for (const [, name] of list.matchAll(/(?:^|, )(\w+) = /g)) variables.set(name!, ['f', 'g', 'far'].includes(name!) ? 'any' : 'number')
      return list
    })
  }
  const { result } = r
  return {
    ...r,
    body: change(r.body),
    result: result === undefined ? undefined : typeof result === 'string' ? change(result) : [change(result[0]), change(result[1])],
  }
}

/** What an op does, without going on to the next one. `given`: the operand that is there already; `give`: what to leave the result in. */
function work(row: OpRow, given?: string, give?: string): string[] {
  const r = hoist(row)
  const hasOutput = r.result !== undefined
  const text = `${row.body}\n${row.result === undefined ? '' : typeof row.result === 'string' ? row.result : row.result.join('\n')}`
  const lines: string[] = []
  r.operands.forEach((o, i) => {
    if ((hasOutput && i === 0) || o.name === given) return
    const line = bind(o, i + 1, text)
    if (line !== '') lines.push(line)
  })
  if (r.body !== '') lines.push(...dedent(literals(inLoop(r.body).replace(/\bLENGTH\b/g, String(lengthOf(r))))))
  const { result } = r
  if (give === undefined) {
    if (result !== undefined) lines.push(store(r.operands[0]!.kind, result))
  } else if (result === undefined) lines.push(assign(give, 'f64', 'v'))
  else if (typeof result === 'string') {
    const { kind } = r.operands[0]!
    // Storing an f32 rounds it, storing an i32 makes it signed.
    lines.push(
      assign('y', 'imm', kind === 'f32' ? `Math.fround(${result})` : kind === 'i32' ? `(${result}) | 0` : result),
      store(kind, 'y'),
      assign(give, 'imm', 'y'),
    )
  } else {
    lines.push(assign('y', 'imm', result[0]), assign('z', 'imm', result[1]), store(r.operands[0]!.kind, ['y', 'z']))
    lines.push(assign(`${give}l`, 'imm', 'y'), assign(`${give}h`, 'imm', 'z'))
  }
  return lines
}

function caseText(number: number, about: string, lines: readonly string[]): string {
  return [`        case ${number}: { // ${about}`, ...lines.map((l) => `          ${l.trimEnd()}`), '        }'].join('\n')
}

/**
 * Ops that go on to the next one by way of the end of the loop, which is 6 bytes of bytecode less. If all did, the loop would take
 * 1.04 times as long: the next op is found later.
 */
const isRare = (name: string): boolean =>
  /trunc|convert|ceil|floor|nearest|clz|ctz|popcnt|rem|div_|cell|struct|array|ref|rotr|copysign|mote|extend|min|max/.test(name)

function caseOf(row: OpRow, number: number): string {
  const lines = work(row)
  if (!row.jumps)
    lines.push(...(!isLinked ? [`pc = pc + ${lengthOf(row)} | 0`, 'continue'] : isRare(row.name) ? ['break'] : ['o = o.next', 'continue']))
  const operands = row.operands.map((o) => `${o.name}:${o.kind}`).join(' ')
  return caseText(number, `${row.name}${operands === '' ? '' : ` ${operands}`}`, lines)
}

interface Fusion {
  readonly text: string
  readonly rows: readonly OpRow[]
  /** Of each row but the first: the operand that the one before has written, and its place among the words. */
  readonly given: readonly { readonly name: string | undefined; readonly place: number }[]
}
const fused: readonly Fusion[] = fusions.map((text) => {
  const [first, ...rest] = text.split(' ')
  const row = (name: string): OpRow => {
    const found = rows.find((r) => r.name === name)
    if (found === undefined || found.vector || found.cold) throw new Error(`no op of the loop is called ${name}`)
    return found
  }
  const list = [row(first!)]
  const given: Fusion['given'][number][] = []
  for (let i = 0; i < rest.length; i += 2) {
    const next = row(rest[i + 1]!)
    const name = rest[i]!.startsWith('=') ? rest[i]!.slice(1) : undefined
    given.push({ name, place: name === undefined ? 0 : next.operands.findIndex((o) => o.name === name) + 1 })
    list.push(next)
  }
  return { text, rows: list, given }
})
function caseOfFusion({ text, rows: list, given }: Fusion, number: number): string {
  const lines = list.flatMap((row, i) => [...(i === 0 ? [] : ['o = o.next']), ...work(row, given[i - 1]?.name, given[i]?.name)])
  if (!list.at(-1)!.jumps) lines.push('o = o.next', 'continue')
  return caseText(number, text, lines)
}

const hot = rows.slice(0, firstVector)
const vector = rows.slice(firstVector, firstCold)

/**
 * Scalar ops that the vector loop has too: what stands between vector ops in the loops that compilers write, so that
 * control does not go back and forth between the two loops.
 */
const isShared = (name: string): boolean =>
  /^(mov32|const32|br|br_loop|i32\.(add|sub|add_k|shl_k|and_k|mul)|load32|store32|load8_u|store8)$/.test(name) ||
  /^br_if_(not_)?i32(_loop)?$|^br_if_i32\.(eq|ne|lt_s|lt_u|ge_s|ge_u)(_k)?(_loop)?$/.test(name)

/**
 * Longer vector bodies become functions of their own: with all of them in it, the loop is over the size (61,440 bytes of
 * bytecode) up to which V8 compiles a function to machine code.
 */
const MAX_INLINE = 110
const outOfLine: string[] = []
function shorten(r: OpRow): OpRow {
  if (!r.vector || r.body.replace(/\s/g, '').length <= MAX_INLINE) return r
  variables.clear()
  const body = hoist(r).body
  const views = ['R', 'F', 'S', 'I8', 'U8', 'I16', 'U16', 'M', 'T'].filter((view) => uses(body, view))
  const types: Record<string, string> = { R: 'Int32', F: 'Float64', S: 'Float32', I8: 'Int8', U8: 'Uint8', I16: 'Int16', U16: 'Uint16' }
  const name = r.name.replace(/\W/g, '_')
  const operands = r.operands.map((o) => o.name)
  const params = [
    ...views.map((v) => (v === 'T' ? 'T: Thread' : v === 'M' ? 'M: DataView' : `${v}: ${types[v]}Array`)),
    ...operands.map((o) => `${o}: number`),
  ]
  const locals = [...variables].map(([v, type]) => (type === 'any' ? `${v}: any = null` : `${v} = 0`)).sort()
  outOfLine.push(
    [`function ${name}(${params.join(', ')}): void {`, ...(locals.length === 0 ? [] : [`let ${locals.join(', ')}`]), ...dedent(body)].join(
      '\n  ',
    ) + '\n}\n',
  )
  return { ...r, body: `${name}(${[...views, ...operands].join(', ')})` }
}

/** The cases of a loop, the declarations of the variables they use, and which functions of wide.ts. */
function loop(list: readonly OpRow[], linked: boolean): { cases: string; declarations: string; wide: string[] } {
  variables.clear()
  isLinked = linked
  const cases = list
    .map((r) =>
      caseOf(
        r,
        rows.findIndex(({ name }) => name === r.name),
      ),
    )
    .concat(linked ? fused.map((f, i) => caseOfFusion(f, rows.length + i)) : [])
    .join('\n')
  // Assigned in text that stands behind an `if`.
  if (list === hot) variables.set('v', 'number').set('s', 'number')
  const named = (type: string): string[] =>
    [...variables]
      .filter(([, t]) => t === type)
      .map(([name]) => name)
      .sort()
  const any = named('any')
  const declarations = `let ${named('number')
    .map((n) => `${n} = 0`)
    .join(', ')}${any.length === 0 ? '' : `\n  let ${any.map((n) => `${n}: any = null`).join(', ')}`}`
  const fromWide = ['divS', 'divU', 'remS', 'remU', 'resultHi', 'truncWide', 'truncSatS', 'truncSatU', 'f32FromI64S', 'f32FromI64U']
  return { cases, declarations, wide: fromWide.filter((name) => uses(cases, name)) }
}

/**
 * Long and rare computations become functions in the dispatch loop, too: compilers and V8 both have less to do with a loop that is smaller. A test
 * keeps it below 45 KB.
 */
const computations: string[] = []
/** By their parameters and text: f32 and f64 share some. */
const computationNames: Map<string, string> = new Map()
function outlined(r: OpRow): OpRow {
  if (r.result === undefined || !/popcnt|nearest|^i64\.c[lt]z|^f(32|64)\.m(in|ax)$/.test(r.name)) return r
  const [low, high] = typeof r.result === 'string' ? [r.result, undefined] : r.result
  if (high !== undefined && high !== '0') throw new Error(`${r.name} has two results`)
  const params = r.operands.slice(1).flatMap((o) => (o.kind === 'i64' ? [`${o.name}l`, `${o.name}h`] : [o.name]))
  const statements = r.body === '' ? [] : dedent(r.body)
  const text = [`(${params.map((q) => `${q}: number`).join(', ')}): number {`, ...statements, `return ${low}`].join('\n  ') + '\n}\n'
  const name = computationNames.get(text) ?? r.name.replace(/\W/g, '_')
  if (!computationNames.has(text)) computations.push(`function ${name}${text}`)
  computationNames.set(text, name)
  const call = `${name}(${params.join(', ')})`
  return { ...r, body: '', result: high === undefined ? call : [call, high] }
}

const main = loop(hot.map(outlined), true)
writeFileSync(
  new URL('../src/interp/switch.gen.ts', import.meta.url),
  `${HEADER}/* oxlint-disable */
import { ${main.wide.join(', ')} } from '../ops/semantics/wide.ts'
import { isMemoryOp } from '../ops/op-table.ts'
import { LinkedOp } from '../runtime/code.ts'
import { getWord, setWord } from '../runtime/heap.ts'
import { isOfType } from '../runtime/references.ts'
import type { Thread } from '../runtime/thread.ts'
import { matchesCanonical } from '../spec/matching.ts'
import { coldOps } from './cold/index.ts'
import { cannotCall } from './frames.ts'
import { callFromExecutor } from './host-calls.ts'
import { runVectors } from './vectors.ts'

/**
 * Ops in a row that are one case, from number FIRST_FUSED on: their numbers, each but the first with the place of the word that
 * must be the first word of the op before; 0 where it does not matter.
 */
export const FIRST_FUSED = ${rows.length}
export const fusions: readonly (readonly number[])[] = [
${fused.map((f) => `  [${f.rows.map((r, i) => (i === 0 ? '' : `${f.given[i - 1]!.place}, `) + rows.indexOf(r)).join(', ')}], // ${f.text}`).join('\n')}
]

${computations.join('\n')}
/** Stands where control goes to code that has not been linked yet. */
const notLinked = (pc: number): LinkedOp => new LinkedOp(${rows.findIndex(({ name }) => name === 'not_linked')}, pc)

/**
 * Runs a thread from its pc until something needs the driver; returns a STATUS. The thread's state is copied into locals
 * on entry and written back on exit. Views of memory, globals and registers are locals because engines keep those in machine
 * registers; whatever may replace them leaves the loop or reloads them. The code has been linked (see link.ts): \`o\` is the
 * op that runs.
 */
export function run(T: Thread): number {
  const { code, entry, linked: ops, constants: K } = T.unit!
  const { R, F, S } = T
  const refs = T.refs as any[]
  const G = T.instance.globalInts
  let M = T.instance.memory0.view
  const limit = R.length | 0, maxDepth = T.maxDepth | 0
  let fp = T.fp | 0, fd = fp >> 1, ticks = T.ticks | 0, depth = T.depth | 0
  // Ends of slices are what leaves the loop in the most places.
  let status = ${literals('STATUS.tick')}
  let o = ops[T.pc] ?? notLinked(T.pc)
  // Operands of the current op, under the names of its row.
  ${main.declarations}
  try {
    loop: for (;;) {
      switch (o.op) {
${main.cases}
        default: {
          T.pc = o.pc; T.fp = fp; T.ticks = ticks
          if (o.op < ${firstCold}) {
            // Vector ops have a loop of their own, which comes back at the first op that it does not know.
            why = runVectors(T, code, o.pc, fp)
            o = ops[T.pc] ?? notLinked(T.pc); ticks = T.ticks | 0
            if (why === 0) continue
            status = why
            break loop
          }
          // Cold ops work on the thread's state and may replace the memory's view.
          why = coldOps[o.op - ${firstCold} | 0](T, code, o.pc, fp)
          ticks = T.ticks | 0
          if (why !== 0) { status = why; break loop }
          M = T.instance.memory0.view
        }
      }
      o = o.next
    }
  } catch (error) {
    // A load or store past the end of its DataView. Anything else is a fault of ours, or the host's own error.
    if (!(error instanceof RangeError) || !isMemoryOp(code[o.pc]!)) throw error
    status = ${TRAP['out of bounds memory access']}
  }
  T.pc = o.pc
  T.fp = fp
  T.ticks = ticks
  T.depth = depth
  return status
}
`,
)

// ---- the closures -------------------------------------------------------------------------------------------------

writeFileSync(new URL('../src/interp/closure.gen.ts', import.meta.url), closureSource(hot, rows.slice(firstCold), firstCold))

// ---- the vector loop ----------------------------------------------------------------------------------------------

const vectors = loop([...hot.filter(({ name }) => isShared(name)), ...vector.map(shorten)], false)
writeFileSync(
  new URL('../src/interp/vector.gen.ts', import.meta.url),
  `${HEADER}/* oxlint-disable */
import { X, X8 } from '../ops/semantics/vector-scratch.ts'
import { isMemoryOp } from '../ops/op-table.ts'
import type { Thread } from '../runtime/thread.ts'

${outOfLine.join('\n')}
/**
 * Runs vector ops from pc on until one comes that is not in this loop; returns a STATUS, with the thread's pc and ticks up to
 * date. Called by the dispatch loop, which would be too large for the engine's compiler with these cases in it.
 */
export function runVectors(T: Thread, code: Int32Array, start: number, frame: number): number {
  const R = T.R, F = T.F, S = T.S, I8 = T.I8, U8 = T.U8, I16 = T.I16, U16 = T.U16
  const M = T.instance.memory0.view
  let pc = start | 0, fp = frame | 0, ticks = T.ticks | 0
  let status = 0
  // Operands of the current op, under the names of its row; x0, x1, … lanes, r0, r1, … results.
  ${vectors.declarations}
  try {
    for (;;) {
      const w1 = code[pc + 1 | 0], w2 = code[pc + 2 | 0], w3 = code[pc + 3 | 0]
      switch (code[pc]) {
${vectors.cases}
      }
      break
    }
  } catch (error) {
    if (!(error instanceof RangeError) || !isMemoryOp(code[pc]!)) throw error
    status = ${TRAP['out of bounds memory access']}
  }
  T.pc = pc
  T.ticks = ticks
  return status
}
`,
)

// ---- numbers and layouts ------------------------------------------------------------------------------------------

/** One letter an operand, so that a layout is a short string: see op-table.ts. */
const letters: Record<OperandKind, string> = {
  i32: 'r',
  i64: 'r',
  f32: 'r',
  f64: 'f',
  f32bits: 'r',
  f64bits: 'r',
  ref: 'f',
  slot: 'r',
  fslot: 'f',
  imm: 'k',
  target: 't',
}
const layout = (r: OpRow): string =>
  r.operands.map((o, i) => (i === 0 && o.name === 'd' ? letters[o.kind].toUpperCase() : letters[o.kind])).join('')
const { texts: layouts, places } = characters(rows.map((r) => layout(r) + (r.memory ? '!' : '')))

writeFileSync(
  new URL('../src/ops/ops.gen.ts', import.meta.url),
  `${HEADER}
/** The layouts that ops have, and for each op in the order of their numbers a character: the layout's number, from '#' on. Read by op-table.ts. */
export const layouts = ${literal(layouts.join(' '), true)}
export const layoutOfOp = ${literal(places, false)}
/** Ops behind which control never goes on. */
export const lastOps: ReadonlySet<number> = /* @__PURE__ */ new Set([${rows.flatMap((r, i) => (r.last ? [i] : [])).join(', ')}])
/** From this number on ops are cold. */
export const FIRST_COLD = ${firstCold}
`,
)
writeFileSync(
  new URL('../src/ops/op-names.gen.ts', import.meta.url),
  `${HEADER}
/** Names of the ops in the order of their numbers: for tests and tools. */
export const opNames: readonly string[] = ${literal(rows.map(({ name }) => name).join(' '), true)}.split(' ')
`,
)

// `i32.add_k` → `I32_ADD_K`.
const constants = rows.map(({ name }) => name.replaceAll('.', '_').toUpperCase())
if (new Set(constants).size !== rows.length) throw new Error('two ops have one constant')
writeFileSync(
  new URL('../src/ops/numbers.gen.ts', import.meta.url),
  `${HEADER}
/** Numbers of the ops: constants, so that a bundler writes down the number and drops the name. */
${constants.map((name, i) => `export const ${name} = ${i}`).join('\n')}
`,
)
writeFileSync(
  new URL('../src/compiler/tables.gen.ts', import.meta.url),
  `${HEADER}
/** Tables of the compiler, as steps; tables.ts says what they are, and reads them. */
${Object.entries(compilerTables(rows.map(({ name }) => name)))
  .map(([name, table]) => `export const ${name}: readonly number[] = [${steps(table).join(', ')}]`)
  .join('\n')}
`,
)
console.log(`${rows.length} ops, ${hot.length} of them in the loop, ${vector.length} in the vector loop; ${trapMessages.length} traps`)
