/**
 * Random programs from a seed: five functions that call each other, with loops, branches, memory, a table, globals. They need
 * not end. Floats are never seen as bits, since the spec leaves those of a NaN open. Used by tests that compare executors.
 */
import { instructions } from '../../src/spec/instructions.ts'
import { F32, F64, I32, I64 } from '../../src/spec/types.ts'

type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'funcref'
const types: readonly Type[] = ['i32', 'i64', 'f32', 'f64', 'funcref']
const names = new Map<number, Type>([
  [I32, 'i32'],
  [I64, 'i64'],
  [F32, 'f32'],
  [F64, 'f64'],
])

interface Numeric {
  readonly name: string
  readonly params: readonly Type[]
  readonly result: Type
}
/** Numeric instructions but for those that show the bits of a NaN, which the spec leaves open (§4.3.3). */
const numerics: readonly Numeric[] = instructions.flatMap(({ name, type, immediates, feature }) => {
  if (
    type === undefined ||
    immediates.length > 0 ||
    type.results.length !== 1 ||
    /reinterpret|copysign/.test(name) ||
    feature === 'wide-arithmetic'
  )
    return []
  const params = type.params.map((t) => names.get(t))
  const result = names.get(type.results[0]!)
  return result === undefined || params.some((t) => t === undefined) ? [] : [{ name, params: params as Type[], result }]
})
const loads: Record<string, readonly string[]> = {
  i32: ['i32.load', 'i32.load8_s', 'i32.load8_u', 'i32.load16_s', 'i32.load16_u'],
  i64: ['i64.load', 'i64.load8_s', 'i64.load8_u', 'i64.load16_s', 'i64.load16_u', 'i64.load32_s', 'i64.load32_u'],
  f32: ['f32.load'],
  f64: ['f64.load'],
}
const stores: readonly (readonly [string, Type])[] = [
  ['i32.store', 'i32'],
  ['i32.store8', 'i32'],
  ['i32.store16', 'i32'],
  ['i64.store', 'i64'],
  ['i64.store8', 'i64'],
  ['i64.store16', 'i64'],
  ['i64.store32', 'i64'],
]
const constants: Record<string, readonly string[]> = {
  i32: ['0', '1', '-1', '2', '3', '7', '31', '100', '0x7fffffff', '0x80000000', '65530'],
  i64: ['0', '1', '-1', '3', '32', '63', '0xffffffff', '0x100000000', '0x7fffffffffffffff', '0x8000000000000000', '-5000000000'],
  f32: ['0', '-0', '1', '-1.5', '3e9', '0.1', 'inf', 'nan', '16777217', '-2147483648'],
  f64: ['0', '-0', '1', '-1.5', '1e300', '0.1', '-inf', 'nan', '9007199254740993', '4294967295.5'],
}

interface Signature {
  readonly params: readonly Type[]
  readonly results: readonly Type[]
}
/** A label: the types a branch to it carries. */
type Label = readonly Type[]

/** Writes a module with an exported function `run` (i32, i64, f64) -> (i32, i64). */
export class Generator {
  private state: number
  private readonly functions: Signature[] = []
  private locals: Type[] = []
  private results: readonly Type[] = []
  private labels: Label[] = []

  constructor(seed: number) {
    this.state = seed * 2654435761
  }

  /** xorshift32. */
  private below(n: number): number {
    let x = this.state | 0 || 1
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.state = x
    return (x >>> 0) % n
  }
  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
  private some(most: number): Type[] {
    return Array.from({ length: this.below(most + 1) }, () => this.pick(types))
  }

  module(): string {
    for (let i = 0; i < 5; i++) this.functions.push({ params: this.some(4), results: this.some(3) })
    // Function 0 is called from outside.
    this.functions[0] = { params: ['i32', 'i64', 'f64'], results: ['i32', 'i64'] }
    const declared = this.functions.map(
      ({ params, results }, i) => `(type $t${i} (func (param ${params.join(' ')}) (result ${results.join(' ')})))`,
    )
    const bodies = this.functions.map((f, i) => this.function(f, i))
    const globals = types.map((t) => `(global $${t} (mut ${t}) ${t === 'funcref' ? '(ref.null func)' : `(${t}.const 1)`})`)
    const elems = this.functions.map((_, i) => `$f${i}`).join(' ')
    return `(module ${declared.join('\n')} (memory 1 3) (table $t 8 20 funcref) (elem (i32.const 0) ${elems}) (data $d "some data for memory.init")
      ${globals.join(' ')}\n${bodies.join('\n')} (export "run" (func $f0)))`
  }

  private function(f: Signature, index: number): string {
    const extra = this.some(5)
    this.locals = [...f.params, ...extra]
    this.results = f.results
    this.labels = [f.results]
    const body = this.statements(4, 4) + this.values(f.results, 3)
    return `(func $f${index} (type $t${index}) (local ${extra.join(' ')}) ${body})`
  }

  private values(list: readonly Type[], depth: number): string {
    return list.map((t) => this.expression(t, depth)).join(' ')
  }
  private statements(most: number, depth: number): string {
    return Array.from({ length: 1 + this.below(most) }, () => this.statement(depth)).join('\n')
  }
  private inside(label: Label, body: () => string): string {
    this.labels.unshift(label)
    const text = body()
    this.labels.shift()
    return text
  }
  private local(type: Type): number {
    const found = this.locals.flatMap((t, i) => (t === type ? [i] : []))
    return found.length === 0 ? -1 : this.pick(found)
  }
  private label(fits: (label: Label) => boolean): number {
    const found = this.labels.flatMap((l, i) => (fits(l) ? [i] : []))
    return found.length === 0 ? -1 : this.pick(found)
  }
  /** An address that is nearly always in bounds. */
  private address(depth: number): string {
    return this.below(20) === 0
      ? this.expression('i32', depth)
      : `(i32.and ${this.expression('i32', depth)} (i32.const ${this.pick([0xff, 0xffff])}))`
  }

  private statement(depth: number): string {
    if (depth <= 0) return this.assignment(0)
    const d = depth - 1
    switch (this.below(15)) {
      case 0:
        return `(block ${this.inside([], () => this.statements(3, d))})`
      case 1:
      case 2:
        return `(loop ${this.inside([], () => `${this.statements(3, d)} (br_if 0 ${this.expression('i32', d)})`)})`
      case 3:
        return `(if ${this.expression('i32', d)} (then ${this.inside([], () => this.statements(2, d))}) ${this.below(2) ? `(else ${this.inside([], () => this.statements(2, d))})` : ''})`
      case 4: {
        const [name, type] = this.pick(stores)
        return `(${name} offset=${this.below(40)} ${this.address(d)} ${this.expression(type, d)})`
      }
      case 5:
        return this.call(this.below(this.functions.length), d)
      case 6: {
        const to = this.label(() => true)
        const values = this.values(this.labels[to]!, d)
        return this.pick([
          `(if ${this.expression('i32', d)} (then ${this.inside([], () => this.values(this.labels[to + 1]!, d))} (br ${to + 1})))`,
          `${values} (br_if ${to} ${this.expression('i32', d)}) ${this.labels[to]!.map(() => '(drop)').join('')}`,
        ])
      }
      case 7: {
        const like = this.labels[this.below(this.labels.length)]!
        const fits = (l: Label): boolean => l.length === like.length && l.every((t, i) => t === like[i])
        const targets = Array.from({ length: 1 + this.below(4) }, () => this.label(fits) + 1)
        return `(block ${this.inside([], () => `${this.values(like, d)} (br_table ${targets.join(' ')} ${this.expression('i32', d)})`)})`
      }
      case 8:
        return `(memory.${this.pick(['fill', 'copy'])} ${this.address(d)} ${this.address(d)} (i32.and ${this.expression('i32', d)} (i32.const 0x1ff)))`
      case 9:
        return `(memory.init $d ${this.address(d)} (i32.const ${this.below(20)}) (i32.const ${this.below(6)}))`
      case 10:
        return `(table.set $t (i32.and ${this.expression('i32', d)} (i32.const 7)) ${this.expression('funcref', d)})`
      case 11: {
        const tail = this.functions.findIndex(
          ({ results }) => results.length === this.results.length && results.every((t, i) => t === this.results[i]),
        )
        return `(if ${this.expression('i32', d)} (then ${this.inside([], () => `${this.values(this.functions[tail]!.params, d)} (return_call $f${tail})`)}))`
      }
      case 12: {
        // A value under way while other code runs, and a loop with parameters.
        const [a, b] = [this.pick(types), this.pick(types)]
        return `${this.expression(a, d)} (loop (param ${a}) (result ${a} ${b}) ${this.inside([a], () => `${this.statements(2, d)} (br_if 0 ${this.expression('i32', d)}) ${this.expression(b, d)}`)}) (drop) (drop)`
      }
      default:
        return this.assignment(d)
    }
  }

  private assignment(depth: number): string {
    const type = this.pick(types)
    const local = this.local(type)
    const value = this.expression(type, depth)
    return local < 0 || this.below(3) === 0 ? `(global.set $${type} ${value})` : `(local.set ${local} ${value})`
  }

  /** A call whose results go to globals. */
  private call(f: number, depth: number): string {
    const { params, results } = this.functions[f]!
    const take = results
      .map((t) => `(global.set $${t})`)
      .reverse()
      .join(' ')
    const args = this.values(params, depth)
    return this.below(2)
      ? `${args} (call $f${f}) ${take}`
      : `${args} (call_indirect $t (type $t${f}) (i32.const ${this.below(10) ? f : this.below(9)})) ${take}`
  }

  private expression(type: Type, depth: number): string {
    const local = this.local(type)
    if (depth <= 0) return local >= 0 && this.below(2) ? `(local.get ${local})` : this.constant(type)
    const d = depth - 1
    switch (this.below(13)) {
      case 0:
        return `(block (result ${type}) ${this.inside([type], () => `${this.below(2) ? this.statement(d) : ''} ${this.expression(type, d)}`)})`
      case 1:
        return `(if (result ${type}) ${this.expression('i32', d)} (then ${this.inside([type], () => this.expression(type, d))}) (else ${this.inside([type], () => `${this.statement(d)} ${this.expression(type, d)}`)}))`
      case 2:
        return `(select (result ${type}) ${this.expression(type, d)} ${this.expression(type, d)} ${this.expression('i32', d)})`
      case 3:
        return local < 0 ? `(global.get $${type})` : `(local.tee ${local} ${this.expression(type, d)})`
      case 4:
        return `(global.get $${type})`
      case 5: {
        const to = this.label((l) => l.length === 1 && l[0] === type)
        return to < 0 ? this.constant(type) : `(br_if ${to} ${this.expression(type, d)} ${this.expression('i32', d)})`
      }
      case 6: {
        const f = this.functions.findIndex(({ results }) => results.length === 1 && results[0] === type)
        return f < 0 ? this.constant(type) : `(call $f${f} ${this.values(this.functions[f]!.params, d)})`
      }
      case 7:
        return local < 0 ? this.constant(type) : `(local.get ${local})`
      default:
        return type === 'funcref' ? this.reference(d) : this.number(type, d)
    }
  }
  private constant(type: Type): string {
    return type === 'funcref'
      ? this.pick(['(ref.null func)', '(ref.func $f0)', '(ref.func $f1)'])
      : `(${type}.const ${this.pick(constants[type]!)})`
  }
  private number(type: Type, depth: number): string {
    if (this.below(6) === 0) return `(${this.pick(loads[type]!)} offset=${this.below(40)} ${this.address(depth)})`
    if (type === 'i32' && this.below(8) === 0) {
      return this.pick([
        `(ref.is_null ${this.expression('funcref', depth)})`,
        '(memory.size)',
        '(memory.grow (i32.const 1))',
        '(table.size $t)',
        `(table.grow $t ${this.expression('funcref', depth)} (i32.const 3))`,
      ])
    }
    const { name, params } = this.pick(numerics.filter((n) => n.result === type))
    return `(${name} ${this.values(params, depth)})`
  }
  private reference(depth: number): string {
    return this.pick([
      `(table.get $t (i32.and ${this.expression('i32', depth)} (i32.const 7)))`,
      `(block (result funcref) (block (drop (br_on_null 0 ${this.inside(['funcref'], () => this.inside([], () => this.expression('funcref', depth)))})) (br 1 (ref.func $f2))) (ref.null func))`,
      `(block (result funcref) (br_on_non_null 0 ${this.inside(['funcref'], () => this.expression('funcref', depth))}) (ref.func $f3))`,
    ])
  }
}
