/**
 * The text of `src/interp/closure.gen.ts`: one maker for each scalar op, which takes the operands out of the code and gives
 * a closure that does the op. Used by scripts/gen-executors.ts. Written for engines that interpret what they are given:
 * every bytecode counts, and `| 0` on an index is one too many.
 */
import type { Operand, OpRow } from '../src/ops/ops.ts'
import { PAIR_PLACE, RELATION, RESULT, formKey } from '../src/interp/forms.ts'
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
        ? 'return --ticks ? to ?? (to = ops[t]) : stop(STATUS.tick, t)'
        : `pc = ${to}; return --ticks ? ops[pc] : stop(STATUS.tick, pc)`,
    FRAME: (base) => `frame = ${base}`,
    RETURN: (link) => `depth = depth - 1; frame = R[${link} + 1]; pc = R[${link}]; return ops[pc]`,
    HOST: (func, base) => `T.pc = at; T.fp = fp; T.ticks = ticks; T.depth = depth
const thread = T, why = callFromExecutor(thread, ${func}, ${base})
if (why !== 0) { takeUp(thread); return stop(why, at) }
ticks = thread.ticks
if (M !== thread.instance.memory0.view) reachMemory(thread.instance.memory0)`,
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
  /** Variables that a closure has for itself. */
  readonly own?: string
  /** What the closure takes besides R and fp. */
  readonly passed?: readonly string[]
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
  const declared = new Set(declaredIn(`${lines.join('\n')}\n${body}`))
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
  const maker = { shown: `${name}${shown === '' ? '' : ` ${shown}`}`, parameters: operands.map(parameter), lines: text.split('\n') }
  if (name === 'call') return callMaker(maker)
  return / to \?\? /.test(text) ? { ...maker, own: 'var to: Closure | undefined' } : maker
}

/**
 * A call goes straight to the callee's first closure, once it has one; as long as the callee is not translated it has none to keep. What
 * is known of the place is worked out when the closure is made.
 */
function callMaker(maker: Maker): Maker {
  return {
    ...maker,
    own: 'const link = at + 4, place = $base + l; var to: Closure | undefined',
    lines: [
      'const q = fp + place',
      'R[q] = link; R[q + 1] = fp',
      'frame = fp + $base; depth = depth + 1',
      `if (!--ticks) return stop(${literals('STATUS.tick')}, entry[f])`,
      'if (to === undefined) { pc = entry[f]; if (pc < stubs) return ops[pc]; to = ops[pc] }',
      'return to',
    ],
  }
}

function write({ shown, parameters: words, own, passed = [], lines }: Maker, key: string): string {
  const body = lines.join('\n')
  const isIn = (text: string, name: string): boolean => new RegExp(`(?<![.\\w$])${name.replace('$', '\\$')}(?![\\w$])`).test(text)
  const needed = (name: string): boolean => isIn(`${own ?? ''}\n${body}`, name)
  const parameters = ['next', 'go', 'at', ...words]
  while (parameters.length > 0 && !needed(parameters.at(-1)!)) parameters.pop()
  const frame = isIn(body, 'fp') || passed.length > 0 ? [...['R', 'fp'].map((p) => (isIn(body, p) ? p : `_${p}`)), ...passed] : []
  const [open, close] = own === undefined ? ['', '},'] : [`{ ${own}; return `, '} },']
  return [
    `  // ${shown}`,
    `  ${key}(${parameters.map((p) => (needed(p) ? p : `_${p}`)).join(', ')}) => ${open}(${frame.join(', ')}) => {`,
    ...lines.map((l) => `    ${l.trimEnd()}`),
    `  ${close}`,
  ].join('\n')
}

// ---- values that are handed on, and two ops in one ----------------------------------------------------------------

/** A maker without its end: what is worked out before the result is stored. */
interface Result {
  readonly before: readonly string[]
  /** Where the result goes; of two words only the first is told. */
  readonly place: string
  readonly values: readonly string[]
}

/** The end of a closure that stores its result and goes on; undefined for others. */
function resultOf(lines: readonly string[]): Result | undefined {
  if (lines.at(-1) !== 'return next(R, fp)') return undefined
  const [high, low, start] = [lines.at(-2) ?? '', lines.at(-3) ?? '', lines.at(-4)]
  const two = start === 'const d = fp + $d' && low.startsWith('R[d] = ') && high.startsWith('R[d + 1] = ')
  if (two) return { before: lines.slice(0, -4), place: 'R[fp + $d]', values: [whole(low.slice(7)), whole(high.slice(11))] }
  // Bits of a NaN go another way; where there is one, it is stored in any case.
  const [, load, otherwise] = /^(.*)if \(v === v\) F\[d\] = v; else (\{.*\})$/.exec(high) ?? []
  if (load !== undefined) return { before: [...lines.slice(0, -2), `${load}if (v !== v) ${otherwise}`], place: '', values: ['v'] }
  const [, place, value] = /^((?:R\[fp|F\[\(fp >> 1\)|F\[fd) \+ \$d\]) = ([^;]*)$/.exec(high) ?? []
  return place === undefined ? undefined : { before: lines.slice(0, -2), place, values: [place.startsWith('R') ? whole(value!) : value!] }
}

/** An expression as the int32 that it is when it comes from a register. */
function whole(value: string): string {
  const isWhole =
    /^(-?\d+|[a-z]\w*)$/.test(value) ||
    /(\| 0|\? 1 : 0|(<<|>>|[&|^]) [$\w[\] +]+)$/.test(value) ||
    /^(R\[[^\]]*\]|[BHW]\[[^\]]*\]|Math\.(imul|clz32)\([^()]*\)|\(e & \d \? [^:]* : W\[e >>> 2\]\))$/.test(value) ||
    /^(.*) \? R\[[^\]]*\] : R\[[^\]]*\]$/.test(value)
  return isWhole ? value : `(${value}) | 0`
}

/** With the result handed to the next op: `give` instead of storing it, `keep` besides. */
function handsOn(maker: Maker, how: 'give' | 'keep'): Maker | undefined {
  const result = resultOf(maker.lines)
  if (result === undefined || (how === 'keep' && (result.values.length > 1 || result.place === ''))) return undefined
  const { before, place, values } = result
  const given = how === 'give' ? values.join(', ') : `${place} = ${values[0]}`
  return { ...maker, lines: [...before, `return next(R, fp, ${given})`] }
}

/** With an operand taken from the op before, whose register does not have it: a trap puts it there. */
function takes(maker: Maker, operand: Operand): Maker | undefined {
  const { name, kind } = operand
  let text = maker.lines.join('\n')
  let passed: readonly string[]
  let restore: string
  if (kind === 'i64') {
    // Both halves, the high one, or just the low one.
    const both = `const ${name}i = fp \\+ \\$${name}(, ${name}l = R\\[${name}i\\])?, ${name}h = R\\[${name}i \\+ 1\\]`
    const [declared] = new RegExp(`^(${both}|const ${name}l = R\\[fp \\+ \\$${name}\\])\n`, 'm').exec(text) ?? []
    if (declared === undefined) return undefined
    text = text.replace(declared, '')
    passed = [`${name}l`, `${name}h`]
    restore = `R[fp + $${name}] = ${name}l, R[fp + $${name} + 1] = ${name}h`
  } else {
    const place =
      { i32: `R[fp + $${name}]`, f32bits: `R[fp + $${name}]` }[kind as 'i32'] ??
      (text.includes('const fd = ') ? `F[fd + $${name}]` : `F[(fp >> 1) + $${name}]`)
    if (!['i32', 'f32bits', 'f64'].includes(kind) || !text.includes(place)) return undefined
    const declared = `const ${name} = ${place}\n`
    const own = text.includes(declared) ? name : 'given'
    text = text.replace(declared, '').replaceAll(place, own)
    passed = [own]
    restore = `${place} = ${own}`
  }
  text = text.replace(/return stop\((\d+) (\/\*.*?\*\/), at\)/g, `return (${restore}, stop($1 $2, at))`)
  return { ...maker, passed, lines: text.split('\n') }
}

/** Names that statements declare. */
const declaredIn = (text: string): string[] =>
  [...text.matchAll(/\b(?:const|let) ((?:\w+ = [^;\n]*?)(?:, \w+ = [^;\n]*?)*)(?=[;\n]|$)/g)].flatMap(([, list]) =>
    [...list!.matchAll(/(?:^|, )(\w+) = /g)].map(([, n]) => n!),
  )

/** How the second of two ops gets what the first one writes: not at all, from a variable instead of the register, or besides it. */
type Relation = '+' | '=' | '&'

/** One closure for two ops, `length` words the first of them. What the second one takes is already taken, unless the relation is `+`. */
function pairOf(first: Maker, second: Maker, length: number, relation: Relation): Maker | undefined {
  const result = resultOf(first.lines)
  const passed = second.passed ?? []
  if (
    relation !== '+' &&
    (result === undefined || result.values.length < passed.length || (relation === '&' && (passed.length > 1 || result.place === '')))
  )
    return undefined
  // Names of the first op that the second one has as well.
  const names = new Map([...first.parameters, ...(first.passed ?? []), ...declaredIn(first.lines.join('\n'))].map((p) => [p, `${p}1`]))
  const own = (l: string): string =>
    l.replace(/(?<![.\w$])\$?[a-z]\w*/g, (word) => names.get(word) ?? (word === 'at' ? `at - ${length}` : word))
  const before = (relation === '+' ? first.lines.slice(0, -1) : result!.before).map(own)
  let lines = second.lines
  if (relation !== '+') {
    const values = result!.values.map(own)
    const value = relation === '=' ? values[0]! : `${own(result!.place)} = ${values[0]}`
    const [name] = passed
    const text = lines.join('\n')
    const place = new RegExp(`(?<![.\\w$])${name}\\b`, 'g')
    // Where it is used once, and nothing happens before, the value can stand there.
    if (passed.length === 1 && text.match(place)?.length === 1 && place.test(lines[0]!))
      lines = [lines[0]!.replace(place, () => `(${value})`), ...lines.slice(1)]
    else lines = [`const ${passed.map((n, i) => `${n} = ${i === 0 ? value : values[i]}`).join(', ')}`, ...lines]
  }
  return {
    shown: `${first.shown} ${relation} ${second.shown}`,
    parameters: [...first.parameters.map((p) => `${p}1`), ...second.parameters],
    own: second.own,
    passed: first.passed?.map((p) => names.get(p) ?? p) ?? [],
    lines: [...before, ...lines],
  }
}

/**
 * The forms there are besides a closure for each op: those that the kernels and guests spend the most in. Without a JIT a call is half of
 * what an op costs, and registers are the most of the rest. `a>` takes operand a from the op before, `>g` gives the result to the op
 * behind instead of storing it, `>k` keeps it as well. Of two ops as one the second gets what the first one writes not at all (`+`), as
 * its operand a (`=a`), or besides the register (`&a`). The code stays as it is, so that jumping to the second op needs nothing.
 */
const forms: readonly string[] = [
  'enter >',
  'i32.add_k >g >k a>g a> a>k',
  'load8_u a>g a> >g a>k >k',
  'i32.shl_k a>g >g a> a>k',
  'i32.add a> >k a>g >g b>k b> a>k',
  'i64.mul_k a>',
  'i32.xor a>k a> a>g >g b>',
  'f64.load a> >g a>g',
  'i32.shr_u_k a>g a>k >g a>',
  'br_if_i32.ne_k_loop a>',
  'br_if_i32_loop a>',
  'store32 a> b>',
  'i64.xor >g a>g a>',
  'i32.mul_k >g a>g a>',
  'store8 b> a>',
  'mov32 >k a> a>k',
  'br_if_i32.lt_u_k_loop a>',
  'load32 a> a>g a>k >g >k',
  'i64.load8_u a>g a>',
  'store8_k a>',
  'br_if_i32 a>',
  'const32 >g >k',
  'f64.add b>g b> a>g a>',
  'store32_k a>',
  'i32.and_k a>g >g a> a>k',
  'br_table a>',
  'f64.mul >g a> a>g b> b>g',
  'i64.add a>',
  'const64 >g',
  'const_f64 >g',
  'br_if_not_i32 a>',
  'i32.rotl_k >g a>',
  'i64.load32_u a>g >g a>',
  'br_if_i32.ne_loop a>',
  'br_if_i32.ge_u_k a>',
  'i32.or a>g a>',
  'i64.mul a>',
  'store64 b>',
  'br_if_i32.ne a>',
  'f64.sub >k b> b>g',
  'f32.lt >g',
  'i32.div_u b>g b>',
  'i32.sub b>g b>',
  'br_if_i32.lt_u_loop b>',
  'i64.div_u b>',
  'i64.extend_i32_u a>g a>',
  'select64 c>',
  'i64.lt_u_k >g',
  'i64.rem_u b>',
  'br_if_i32.eq a>',
  'select32 c> >k c>k',
  'br_if_i32.lt_s_loop a>',
  'i64.add_k a>',
  'i32.and >g a>g a>',
  'i32.lt_u a>k a>',
  'i32.eqz a>',
  'i32.xor_k a> >g',
  'br_if_i32.eq_k a>',
  'br_if_i32.le_u_loop b>',
  'br_if_i32.ne_k a>',
  'f64.store a>',
  'br_if_i32.lt_s a>',
  'br_if_f64.lt b>',
  'br_if_i32.le_s a>',
  'i32.shl a>g a>',
  'br_if_i32.lt_u b>',
  'i32.rem_u b>g b>',
  'i32.add_k + i32.add_k >',
  'i32.add_k =a i32.add_k >',
  'i32.add_k &a i32.add_k >',
  'i32.add_k + mov32 >',
  'i32.add_k &a mov32 >',
  'i32.add_k + load8_u >',
  'i32.add_k =a load8_u > >g a>g',
  'i32.add_k + load32 >',
  'i32.add_k =a load32 > >g a>',
  'i32.add_k =a i64.load8_u >g',
  'i32.add_k =a f64.load > >g',
  'i32.add_k =a store32_k >',
  'i32.add_k =a store8_k >',
  'i32.add_k + store8 >',
  'i32.add_k =a store8 >',
  'i32.add_k + call >',
  'i32.add_k + br_if_i32_loop >',
  'i32.add_k &a br_if_i32_loop >',
  'i32.add_k &a br_if_i32.ne_k_loop >',
  'i32.add + i32.add_k >',
  'i32.add &a i32.add_k >',
  'i32.add + i32.add >',
  'i32.add =a i32.add > a>',
  'i32.add + load8_u >',
  'i32.add =a load32 >',
  'i32.add + return >',
  'i32.add &a br_if_i32.lt_u_k_loop >',
  'mov32 + i32.add_k >',
  'mov32 &a i32.add_k >',
  'mov32 + mov32 > >k',
  'mov32 + br_loop >',
  'const32 + mov32 >',
  'mov32 + const32 >',
  'mov32 + call >',
  'mov32 + return >',
  'i32.add_k + br_loop >',
  'load32 + mov32 >',
  'store32 + mov32 >',
  'const32 + const32 >',
  'const32 + br_loop >',
  'enter + br_if_i32 >',
  'enter + load32 >',
  'enter + mov32 >',
  'load8_u =a br_table >',
  'load32 =a br_if_not_i32 >',
  'load32 =b store32 > a>',
  'load8_u =b store8 >',
  'load32 =a i32.add_k >g',
  'i32.add_k =b store32 > a>',
  'f64.mul =b f64.add >g a>g',
  'f64.mul =b f64.sub >',
  'f64.load =b f64.add >',
  'f64.load =b f64.sub >',
  'i32.xor =a i32.shl_k a>g',
  'i32.xor =a i32.shr_u_k >',
  'i32.shl_k =a i32.xor >k a> a>k',
  'i32.shl_k =a i32.add_k > >g a> a>g',
  'i32.shl_k =a i32.add > >g',
  'i32.shl_k =a i32.or >g a>',
  'i32.shr_u_k =a i32.xor > >k a>k >g',
  'i32.shr_u_k =a i32.and_k >g a>g',
  'i32.mul_k =a i32.add >',
  'i32.mul_k =a i32.add_k >',
  'i32.mul_k &a i32.add_k >',
  'i32.and_k =a i32.shl_k a>g',
  'i32.rotl_k =a i32.xor >',
  'i64.xor =a i64.mul_k a>',
  'i64.shr_u_k =a i64.xor > >g',
  'load8_u + i32.add_k >',
  'load8_u =a i32.add_k > >g',
  'store8 + i32.add_k >',
  'f64.load + f64.mul >',
  'f64.load =b f64.mul > >g',
  'f64.load + i32.add_k >',
  'f64.add =b f64.add a>g b>',
  'f32.mul + f32.add >',
  'enter + br_if_i32.lt_s_k >',
]

/** Ops of instrumented code: only the dispatch loop runs that, so here they do nothing. */
const onlyInLoop = /^(count|weigh|probe)$/

/** Place of an operand among the words behind its op's number; 0 for none. */
const placeOf = (row: OpRow | undefined, name: string): number => (name === '' ? 0 : row!.operands.findIndex((o) => o.name === name) + 1)

const isLight =
  /^(load|store|vector_\w+|memory\.size)_any$|^table\.(get|set|size)$|^atomic\.(load|store|rmw|cmpxchg)$|^i64\.|^ref\.|^i31\.|^(struct|array)\.[gs]et/

/** `cold`: the rows of cold ops, from number `firstCold` on. */
export function closureSource(rows: readonly OpRow[], cold: readonly OpRow[], firstCold: number): string {
  const light = cold.flatMap((r, i) => (isLight.test(r.name) ? [firstCold + i] : []))
  const hot = rows.map((r) => (onlyInLoop.test(r.name) ? { ...r, body: '' } : r))
  const typed = (text: string): string =>
    text.replaceAll(/\bf = (T\.instance\.tables\[table\]\.elements\[x\]|refs\[[^\]]*\])/g, 'f: any = $1')
  // In forms, functions have at most one slot of locals to set to 0.
  const small = hot.map((r) =>
    r.name === 'enter' ? { ...r, body: `${r.body.split('\n')[0]!}\nif (n > 0) { R[fp + z | 0] = 0; R[fp + z + 1 | 0] = 0 }` } : r,
  )
  const rowOf = new Map(small.map((r) => [r.name, r]))
  const numbers = new Map(hot.map((r, i) => [r.name, i]))
  const makers = typed(hot.map((r, i) => write({ ...makerOf(r), shown: `${i} ${makerOf(r).shown}` }, '')).join('\n'))
  const formMakers = forms.flatMap((text) => {
    const [a, ...rest] = text.split(' ') as [string, ...string[]]
    const first = rowOf.get(a)!
    const how = /^[+=&]/.test(rest[0]!) ? rest.shift()! : ''
    const second = how === '' ? undefined : rowOf.get(rest.shift()!)!
    const between = placeOf(second, how.slice(1))
    const relation = { '': RELATION.alone, '+': RELATION.apart, '=': RELATION.usedUp + between, '&': RELATION.shared + between }[
      how[0] ?? ''
    ]!
    return rest.map((form) => {
      const [taken, handed] = form.split('>') as [string, string]
      const from = placeOf(first, taken)
      const head = from === 0 ? makerOf(first) : takes(makerOf(first), first.operands[from - 1]!)
      const tail = second === undefined || between === 0 ? second && makerOf(second) : takes(makerOf(second), second.operands[between - 1]!)
      const whole = head && second ? tail && pairOf(head, tail, 1 + first.operands.length, how[0] as Relation) : head
      const maker = whole && handed !== '' ? handsOn(whole, handed === 'g' ? 'give' : 'keep') : whole
      if (whole === undefined || maker === undefined) throw new Error(`${text}: ${form} cannot be made`)
      const words = resultOf(whole.lines)?.values.length
      const to = handed === '' ? RESULT.stored : handed === 'k' ? RESULT.kept : words === 2 ? RESULT.givenPair : RESULT.given
      const taking = from > 0 && first.operands[from - 1]!.kind === 'i64' ? from + PAIR_PLACE : from
      const key = formKey(numbers.get(a)!, second === undefined ? 0 : numbers.get(second.name)!, taking, to, relation)
      return write({ ...maker, shown: [a, how, second?.name ?? '', form].filter((word) => word !== '').join(' ') }, `${key}: `)
    })
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
import { cannotCall } from './frames.ts'
import { callFromExecutor } from './host-calls.ts'
import { runVectors } from './vectors.ts'

// The state of the thread that runs, between \`run\` and its end: one at a time. Only a host function can run another in between; then
// it is taken up again.
// Variables of the file are what closures reach fastest; R and the frame are parameters, because nearly all need both.
let T: Thread, U: CodeUnit, code: Int32Array, entry: Int32Array, ops: readonly (Closure | undefined)[]
let F: Float64Array, S: Float32Array, K: Float64Array, G: Int32Array, M: DataView
let refs: any[]
/** Memory 0: its bytes, and views of them. */
let bytes = 0, B: Uint8Array, H: Uint16Array, W: Int32Array, D: Float64Array
let limit = 0, maxDepth = 0
/** Behind the stubs of functions that are not translated. */
let stubs = 0
/** Of the op at which the thread stops, or which has no closure yet. Not kept up to date in between. */
let pc = 0
let frame = 0, ticks = 0, depth = 0, status = 0

/**
 * Runs a thread from its pc until something needs the driver; returns a STATUS, or 0 when the function at pc has no closures
 * yet. Ops call each other along straight code; those that take a tick, calls and returns come back to this loop.
 */
export function run(thread: Thread): number {
  takeUp(thread)
  const { R } = T
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

function takeUp(thread: Thread): void {
  T = thread; U = T.unit!; code = U.code; entry = U.entry; ops = U.closures
  F = T.F; S = T.S; refs = T.refs as any[]
  K = U.constants; G = T.instance.globalInts; reachMemory(T.instance.memory0)
  limit = T.R.length; maxDepth = T.maxDepth; stubs = 2 + 2 * entry.length
  pc = T.pc; frame = T.fp; ticks = T.ticks; depth = T.depth
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

/** Cold ops that only move values: they take no ticks, throw nothing, and leave the memory's view alone. */
const light: ReadonlySet<number> = /* @__PURE__ */ new Set([${light.join(', ')}])
/** The others work on the thread's state and may replace the memory's view. */
export function makeCold(number: number, next: Closure, at: number): Closure {
  const body = coldOps[number - ${firstCold}]
  if (light.has(number)) return (_, fp) => {
    status = body(T, code, at, fp)
    if (status === 0) return next
    pc = at
    return null
  }
  return (_, fp) => {
    T.pc = at; T.fp = fp; T.ticks = ticks
    status = body(T, code, at, fp)
    ticks = T.ticks
    if (status !== 0) { pc = at; return null }
    if (M !== T.instance.memory0.view) reachMemory(T.instance.memory0)
    return next
  }
}

type Maker = (next: any, go: Closure, at: number, ...words: number[]) => (R: Int32Array, fp: number, ...passed: any[]) => Closure | null | undefined

/**
 * By op number. \`next\` is what follows the op, \`go\` the target of its branch unless that is a back-edge, \`at\` its pc; then come
 * the words behind it in the code: \`$a\` is the place of an operand in the frame, other words have the operand's name.
 */
export const makers: readonly Maker[] = [
${makers}
]

/** Closures that take a value from the op before or hand it to the one behind, and pairs of ops in one. */
export const formMakers: Readonly<Record<number, Maker>> = {
${typed(formMakers.join('\n'))}
}
`
}
