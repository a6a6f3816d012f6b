/** Validation: every rule with a module that keeps it and one that breaks it, and the words of the error (spec §3). */
import { describe, expect, it } from 'vitest'
import { decode } from '../decoder/decode.ts'
import { InvalidError, LimitError, UnsupportedError, isInvalid } from '../errors.ts'
import { type FeatureSet, allFeatures, defaultFeatures, featureSet } from '../spec/features.ts'
import { byName, instructions } from '../spec/instructions.ts'
import { rules } from './rules/index.ts'
import { validate } from './validate.ts'

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
function leb(n: number): number[] {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]
}
// Long lists go through `concat`: as arguments they would fill the JS stack.
const sectionOf = (id: number, contents: number[]): number[] => [id, ...leb(contents.length)].concat(contents)
const section = (id: number, ...contents: number[]): number[] => sectionOf(id, contents)
const vec = (items: number[][]): number[] => leb(items.length).concat(...items)
/** Instructions by name, their immediates as raw bytes: `ops('i32.const', 1, 'drop')`. */
const ops = (...parts: (string | number)[]): number[] => assemble(parts)
function assemble(parts: (string | number)[]): number[] {
  return parts.flatMap((part) => {
    if (typeof part === 'number') return [part]
    const row = byName.get(part)
    if (row === undefined) throw new Error(part)
    return row.opcode < 0x100 ? [row.opcode] : [row.opcode >>> 16, ...leb(row.opcode & 0xffff)]
  })
}

const I32 = 0x7f
const I64 = 0x7e
const FUNCREF = 0x70
const everything = allFeatures

/** Order and number of all sections but the code: what a test does not give is absent. */
interface Parts {
  types?: number[][]
  imports?: number[][]
  tables?: number[][]
  memories?: number[][]
  tags?: number[][]
  globals?: number[][]
  exports?: number[][]
  start?: number
  elems?: number[][]
  datas?: number[][]
  /** Bodies without their `end`, each of type 0 unless `funcs` says otherwise; locals as raw bytes. */
  bodies?: (string | number)[][]
  funcs?: number[]
  locals?: number[]
}
const optional = (id: number, items: number[][] | undefined): number[] => (items === undefined ? [] : sectionOf(id, vec(items)))

function check(parts: Parts, on: FeatureSet = defaultFeatures): void {
  const bodies = parts.bodies ?? []
  const locals = parts.locals ?? [0]
  const code = bodies.map((body) => {
    const bytes = locals.concat(assemble(body), 0x0b)
    return leb(bytes.length).concat(bytes)
  })
  const bytes = [
    ...HEADER,
    ...optional(1, parts.types ?? [[0x60, 0, 0]]),
    ...optional(2, parts.imports),
    ...section(3, ...leb(bodies.length), ...(parts.funcs ?? bodies.map(() => 0))),
    ...optional(4, parts.tables),
    ...optional(5, parts.memories),
    ...optional(13, parts.tags),
    ...optional(6, parts.globals),
    ...optional(7, parts.exports),
    ...(parts.start === undefined ? [] : section(8, parts.start)),
    ...optional(9, parts.elems),
    ...(parts.datas === undefined ? [] : section(12, ...leb(parts.datas.length))),
  ].concat(sectionOf(10, vec(code)), optional(11, parts.datas))
  const verdict = (contents: number[]): unknown => {
    try {
      validate(decode(Uint8Array.from(contents), { features: on }), on)
      return undefined
    } catch (e) {
      return e
    }
  }
  // The last bytes of a module are looked at by rules alone: once they are those of the code, once not.
  const found = verdict(bytes)
  const followed = verdict(bytes.concat(section(0, 1, 0x70, ...new Array<number>(16).fill(0))))
  expect(String(followed)).toBe(String(found))
  if (found !== undefined) throw found
}
function errorOf(parts: Parts, on: FeatureSet = defaultFeatures): InvalidError {
  try {
    check(parts, on)
  } catch (e) {
    if (isInvalid(e)) return e
    throw e
  }
  throw new Error('valid')
}
/** The head of the rule: a mismatch goes on with the types that the instruction requires and the stack has. */
const ruleOf = (parts: Parts, on?: FeatureSet): string =>
  errorOf(parts, on).rule.replace(/: (instruction|block) requires \[.*\] but stack has \[.*\]$/, '')
const body = (...instructionBytes: (string | number)[]): Parts => ({ bodies: [instructionBytes] })

const memory = { memories: [[0, 1]] }
const table = { tables: [[FUNCREF, 0, 1]] }

describe('bodies', () => {
  it.each<readonly [string, Parts]>([
    ['nothing', body()],
    ['arithmetic', body('i32.const', 1, 'i32.const', 2, 'i32.add', 'drop')],
    ['unreachable code takes any operands', body('unreachable', 'i32.add', 'drop')],
    ['a value of unknown type stays unknown', body('unreachable', 'select', 'drop')],
    ['a block with a result', body('block', I32, 'i32.const', 1, 'end', 'drop')],
    [
      'a block with parameters',
      {
        types: [
          [0x60, 0, 0],
          [0x60, 1, I32, 1, I64],
        ],
        bodies: [['i32.const', 1, 'block', 1, 'i64.extend_i32_u', 'end', 'drop']],
      },
    ],
    [
      'a loop label takes the parameters',
      {
        types: [
          [0x60, 0, 0],
          [0x60, 1, I32, 0],
        ],
        bodies: [['i32.const', 1, 'loop', 1, 'br', 0, 'end']],
      },
    ],
    ['if and else', body('i32.const', 1, 'if', I32, 'i32.const', 1, 'else', 'i32.const', 2, 'end', 'drop')],
    [
      'if with equal parameters and results needs no else',
      {
        types: [
          [0x60, 0, 0],
          [0x60, 1, I32, 1, I32],
        ],
        bodies: [['i32.const', 1, 'i32.const', 1, 'if', 1, 'end', 'drop']],
      },
    ],
    ['br_table', body('block', 0x40, 'block', 0x40, 'i32.const', 0, 'br_table', 2, 0, 1, 2, 'end', 'end')],
    ['a typed select', body('ref.null', FUNCREF, 'ref.null', FUNCREF, 'i32.const', 0, 0x1c, 1, FUNCREF, 'drop')],
    ['loads and stores', { ...memory, ...body('i32.const', 0, 'i32.const', 0, 'i64.load', 3, 0, 'i64.store', 3, 0) }],
    [
      'a memory with 64-bit addresses',
      { memories: [[4, 1]], ...body('i64.const', 0, 'i32.load', 2, 0, 'drop', 'memory.size', 0, 'i64.eqz', 'drop') },
    ],
    ['tail calls', body('return_call', 0)],
    [
      'a local is set before it is read',
      { locals: [1, 1, 0x64, FUNCREF], elems: [[3, 0, 1, 0]], ...body('ref.func', 0, 'local.set', 0, 'local.get', 0, 'drop') },
    ],
    ['br_on_null', { ...table, ...body('block', 0x40, 'i32.const', 0, 'table.get', 0, 'br_on_null', 0, 'drop', 'end') }],
    ['call_ref', { elems: [[3, 0, 1, 0]], ...body('ref.func', 0, 'call_ref', 0) }],
    ['try_table', { tags: [[0, 0]], ...body('block', 0x40, 'try_table', 0x40, 1, 0, 0, 0, 'end', 'end', 'throw', 0) }],
    ['lanes', body('v128.const', ...new Array<number>(16).fill(0), 'i8x16.extract_lane_u', 15, 'drop')],
  ])('takes %s', (_what, parts) => check(parts))

  it.each<readonly [string, string, Parts]>([
    [
      'type mismatch',
      'i32.add: expected i32, found i64 (pushed by i64.const 2 at 0x',
      body('i32.const', 1, 'i64.const', 2, 'i32.add', 'drop'),
    ],
    ['type mismatch', 'i32.add: expected i32, found nothing (the stack is empty)', body('i32.const', 1, 'i32.add', 'drop')],
    [
      'type mismatch',
      'drop: expected a value, found nothing (nothing on the stack inside this block)',
      body('i32.const', 1, 'block', 0x40, 'drop', 'end', 'drop'),
    ],
    ['type mismatch', '1 value too many at the end of the function: [i32]', body('i32.const', 1)],
    [
      'type mismatch',
      'end: expected i32, found f32 (pushed by f32.const at 0x',
      body('block', I32, 'f32.const', 0, 0, 0, 0, 'end', 'drop'),
    ],
    ['type mismatch', 'there is no else', body('i32.const', 1, 'if', I32, 'i32.const', 1, 'end', 'drop')],
    ['type mismatch', 'select: the two values are i32 and i64', body('i32.const', 0, 'i64.const', 0, 'i32.const', 0, 'select', 'drop')],
    ['type mismatch', 'select without a type', body('ref.null', FUNCREF, 'ref.null', FUNCREF, 'i32.const', 0, 'select', 'drop')],
    [
      'type mismatch',
      'label 1 takes 0 values, the default label 1',
      body('block', 0x40, 'block', I32, 'i32.const', 0, 'i32.const', 0, 'br_table', 1, 1, 0, 'end', 'drop', 'end'),
    ],
    ['type mismatch', 'ref.is_null: expected a reference, found i32', body('i32.const', 0, 'ref.is_null', 'drop')],
    [
      'type mismatch',
      'a tail call returns',
      {
        types: [
          [0x60, 0, 0],
          [0x60, 0, 1, I32],
        ],
        funcs: [0, 1],
        bodies: [
          ['return_call', 1],
          ['i32.const', 0],
        ],
      },
    ],
    ['invalid result arity', 'select has 0 result types', body('i32.const', 0, 'i32.const', 0, 'i32.const', 0, 0x1c, 0, 'drop')],
    ['unknown label 1', 'only the function is open here', body('br', 1)],
    ['unknown local 3', 'the function has 0 locals', body('local.get', 3, 'drop')],
    ['uninitialized local 0', 'its type has no default value', { locals: [1, 1, 0x64, FUNCREF], ...body('local.get', 0, 'drop') }],
    [
      'uninitialized local 0',
      '',
      {
        locals: [1, 1, 0x64, FUNCREF],
        elems: [[3, 0, 1, 0]],
        ...body('block', 0x40, 'ref.func', 0, 'local.set', 0, 'end', 'local.get', 0, 'drop'),
      },
    ],
    ['unknown function 1', 'there is only 0', body('call', 1)],
    ['unknown table 0', 'there are none', body('i32.const', 0, 'table.get', 0, 'drop')],
    ['unknown memory 0', '', body('i32.const', 0, 'i32.load', 2, 0, 'drop')],
    ['unknown global 0', '', body('global.get', 0, 'drop')],
    ['unknown type 9', '', body('block', 9, 'end')],
    ['unknown tag 0', '', body('throw', 0)],
    ['unknown data segment 1', 'there is only 0', { ...memory, datas: [[1, 0]], ...body('data.drop', 1) }],
    ['unknown elem segment 0', '', body('elem.drop', 0)],
    ['immutable global', 'global 0 cannot be set', { globals: [[I32, 0, 0x41, 0, 0x0b]], ...body('i32.const', 0, 'global.set', 0) }],
    [
      'alignment must not be larger than natural',
      '2^3 bytes; i32.load accesses 4',
      { ...memory, ...body('i32.const', 0, 'i32.load', 3, 0, 'drop') },
    ],
    ['offset out of range', '', { ...memory, ...body('i32.const', 0, 'i32.load', 2, 0x80, 0x80, 0x80, 0x80, 0x10, 'drop') }],
    ['undeclared function reference', 'function 0 must occur', body('ref.func', 0, 'drop')],
    ['invalid lane index', 'lane 16', body('v128.const', ...new Array<number>(16).fill(0), 'i8x16.extract_lane_u', 16, 'drop')],
    ['invalid lane index', 'lane 32', body('unreachable', 'i8x16.shuffle', ...new Array<number>(16).fill(32), 'drop')],
    [
      'non-function type 1',
      'it is an array type',
      {
        types: [
          [0x60, 0, 0],
          [0x5e, I32, 0],
        ],
        ...body('unreachable', 'call_ref', 1),
      },
    ],
    [
      'immutable array',
      '',
      {
        types: [
          [0x60, 0, 0],
          [0x5e, I32, 0],
        ],
        ...body('unreachable', 'array.set', 1),
      },
    ],
    [
      'field is packed',
      '',
      {
        types: [
          [0x60, 0, 0],
          [0x5f, 1, 0x78, 0],
        ],
        ...body('unreachable', 'struct.get', 1, 0, 'drop'),
      },
    ],
  ])('refuses: %s (%s)', (rule, detail, parts) => {
    const e = errorOf(parts)
    expect(ruleOf(parts)).toBe(rule)
    expect(e.message).toContain(detail)
    expect(e.message.startsWith(rule)).toBe(true)
    expect(e.offset).toBeGreaterThan(8)
    expect(e.funcidx).toBeTypeOf(
      /^(unknown (label|local)|type|immutable|undeclared)/.test(rule) ? 'number' : e.funcidx === undefined ? 'undefined' : 'number',
    )
  })

  it('tells function, name and offset', () => {
    const e = errorOf({ exports: [[4, 0x6d, 0x61, 0x69, 0x6e, 0, 0]], ...body('i64.const', 1, 'i32.eqz', 'drop') })
    expect(e).toMatchObject({ funcidx: 0, funcName: 'main', rule: 'type mismatch: instruction requires [i32] but stack has [i64]' })
    // The offset of i32.eqz in the file.
    expect(e.offset).toBe(8 + 6 + 4 + 10 + 5 + 2)
  })

  it('tells all operands that an instruction requires, and what the stack has of them', () => {
    const rule = (...bytes: (string | number)[]): string => errorOf({ types: [[0x60, 0, 1, I32]], ...memory, ...body(...bytes) }).rule
    expect(rule('i64.const', 1, 'i32.const', 1, 'i32.add')).toBe('type mismatch: instruction requires [i32 i32] but stack has [i64 i32]')
    expect(rule('i32.const', 1, 'i64.store', 3, 0)).toBe('type mismatch: instruction requires [i32 i64] but stack has [i32]')
    expect(rule('i64.const', 1, 'block', 0x40, 'i32.eqz', 'end')).toBe('type mismatch: instruction requires [i32] but stack has []')
    expect(rule('i64.const', 1, 'i32.const', 1, 'i32.const', 2)).toBe('type mismatch: block requires [i32] but stack has [i64 i32 i32]')
  })

  it('checks the legacy exception instructions', () => {
    const on = featureSet({ 'legacy-exceptions': true })
    const tags = {
      types: [
        [0x60, 0, 0],
        [0x60, 1, I32, 0],
      ],
      tags: [[0, 1]],
    }
    check({ ...tags, ...body('try', I32, 'i32.const', 1, 'catch', 0, 'catch_all', 'rethrow', 0, 'end', 'drop') }, on)
    check({ ...tags, ...body('try', 0x40, 'delegate', 0, 'block', 0x40, 'try', 0x40, 'delegate', 1, 'end') }, on)
    expect(errorOf({ ...tags, ...body('block', 0x40, 'rethrow', 0, 'end') }, on).rule).toBe('invalid rethrow label')
    expect(errorOf({ ...tags, ...body('try', 0x40, 'rethrow', 0, 'catch_all', 'end') }, on).rule).toBe('invalid rethrow label')
    expect(ruleOf({ ...tags, ...body('try', 0x40, 'catch', 0, 'end') }, on)).toBe('type mismatch')
    expect(errorOf({ ...tags, ...body('try', 0x40, 'delegate', 1) }, on).rule).toBe('unknown label 1')
  })

  it('takes a body that holds too many operands as a limit, not as a crash', () => {
    const thousand = [0x60, 0, ...leb(1000), ...new Array<number>(1000).fill(I32)]
    const calls = new Array<(string | number)[]>(17_000).fill(['call', 1]).flat()
    expect(() => check({ types: [[0x60, 0, 0], thousand], funcs: [0, 1], bodies: [calls, ['unreachable']] })).toThrow(LimitError)
  })

  it('nests 100,000 blocks', () => {
    const n = 100_000
    check({
      bodies: [
        new Array<number>(n)
          .fill(0)
          .flatMap((): (string | number)[] => ['block', 0x40])
          .concat(new Array<string>(n).fill('end')),
      ],
    })
  })
})

/** Frequent instructions are passed in a loop of their own as long as their immediates take a byte or two; the others one by one. */
describe('frequent instructions', () => {
  /** 200 locals of type i32 and one of i64. */
  const locals = [2, ...leb(200), I32, 1, I64]
  /** An integer in as many bytes as are wanted. */
  const long = (n: number, bytes: number): number[] => [
    ...Array.from({ length: bytes - 1 }, (_, i) => ((n >> (7 * i)) & 0x7f) | 0x80),
    (n >> (7 * (bytes - 1))) & 0x7f,
  ]

  it.each([1, 2, 3, 5].map((bytes) => [bytes] as const))('%i bytes for an immediate', (bytes) => {
    const n = (value: number): number[] => long(value, bytes)
    check({ locals, ...body('i32.const', ...n(5), 'local.set', ...n(3), 'local.get', ...n(3), 'local.tee', ...n(4), 'drop') })
    check({ ...memory, ...body('i32.const', ...n(0), 'i32.const', ...n(0), 'i32.load8_u', 0, ...n(9), 'i32.store', 2, ...n(7)) })
    const wrong = (...instructionBytes: (string | number)[]): string => ruleOf({ locals, ...memory, ...body(...instructionBytes) })
    expect(wrong('i64.const', ...n(5), 'local.set', ...n(3))).toBe('type mismatch')
    expect(wrong('i64.const', ...n(5), 'local.tee', ...n(3), 'drop')).toBe('type mismatch')
    expect(wrong('i64.const', ...n(0), 'i32.load', 2, ...n(0), 'drop')).toBe('type mismatch')
    expect(wrong('i32.const', ...n(0), 'i64.const', ...n(0), 'i32.store', 2, ...n(0))).toBe('type mismatch')
    expect(wrong('i32.const', ...n(0), 'i32.load', 3, ...n(0), 'drop')).toBe('alignment must not be larger than natural')
  })

  it('indices that need two bytes', () => {
    check({ locals, ...body('local.get', ...leb(199), 'local.set', ...leb(130)) })
    check({ locals, ...body('local.get', ...leb(200), 'i64.eqz', 'drop') })
    expect(ruleOf({ locals, ...body('local.get', ...leb(200), 'i32.eqz', 'drop') })).toBe('type mismatch')
    expect(ruleOf({ locals, ...body('local.get', ...leb(201), 'drop') })).toBe('unknown local 201')
  })

  it('the places of operands are those of the instructions that pushed them', () => {
    const error = errorOf({ locals, ...body('local.get', 0, 'local.get', ...leb(200), 'i64.eqz', 'i64.const', 0, 'i64.add', 'drop') })
    expect(error.message).toContain('i64.eqz')
  })

  it('takes nothing from outside of the block, and anything in unreachable code', () => {
    expect(ruleOf(body('i32.const', 1, 'block', 0x40, 'i32.eqz', 'drop', 'end', 'drop'))).toBe('type mismatch')
    expect(ruleOf(body('i32.const', 1, 'i32.const', 1, 'block', 0x40, 'i32.const', 1, 'i32.add', 'drop', 'end', 'drop', 'drop'))).toBe(
      'type mismatch',
    )
    check({ ...memory, ...body('unreachable', 'i32.load', 2, 0, 'i32.add', 'i32.store', 2, 0, 'i32.const', 0, 'i32.store', 2, 0) })
  })

  /** Types: nothing, i32 -> i32, i32 i32 -> nothing, nothing -> i32. Function `i` has type `i`; `last` is the body of the function that has the type `of`. */
  const types = [
    [0x60, 0, 0],
    [0x60, 1, I32, 1, I32],
    [0x60, 2, I32, I32, 0],
    [0x60, 0, 1, I32],
  ]
  const globals = [
    [I32, 1, 0x41, 0, 0x0b],
    [I32, 0, 0x41, 0, 0x0b],
    [I64, 1, 0x42, 0, 0x0b],
  ]
  const withCalls = (last: (string | number)[], of = 0): Parts => ({
    types,
    globals,
    funcs: [0, 1, 2, 3, of],
    bodies: [[], ['local.get', 0], [], ['i32.const', 1], last],
  })

  it.each([
    ['a block', 0x40, 'block'],
    ['a loop', 0x40, 'loop'],
    ['an if', 0x40, 'if'],
  ])('what stands below %s is out of reach in it', (_, type, opcode) => {
    const two: (string | number)[] = ['i32.const', 1, 'i32.const', 1]
    const wrong = (...inside: (string | number)[]): string =>
      ruleOf(withCalls([...two, ...(opcode === 'if' ? ['i32.const', 1] : []), opcode, type, ...inside, 'end', 'drop', 'drop']))
    for (const inside of [
      ['call', 1, 'drop'],
      ['call', 2],
      ['i32.const', 1, 'call', 2],
      ['global.set', 0],
      ['br_if', 0],
      ['if', 0x40, 'end'],
      ['drop'],
      ['i32.const', 1, 'i32.const', 1, 'select', 'drop'],
    ]) {
      expect([inside, wrong(...inside)]).toEqual([inside, 'type mismatch'])
    }
    expect(wrong('i32.const', 1)).toBe('type mismatch')
    check(withCalls([...two, ...(opcode === 'if' ? ['i32.const', 1] : []), opcode, type, ...two, 'call', 2, 'end', 'call', 2]))
  })

  it('calls and globals', () => {
    check(withCalls(['i32.const', 1, 'call', 1, 'call', 1, 'call', 3, 'call', 2, 'global.get', 1, 'global.set', 0]))
    expect(ruleOf(withCalls(['i64.const', 1, 'call', 1, 'drop']))).toBe('type mismatch')
    expect(ruleOf(withCalls(['i64.const', 1, 'i32.const', 1, 'call', 2]))).toBe('type mismatch')
    expect(ruleOf(withCalls(['call', 5]))).toBe('unknown function 5')
    expect(ruleOf(withCalls(['i32.const', 1, 'global.set', 1]))).toBe('immutable global')
    expect(ruleOf(withCalls(['i32.const', 1, 'global.set', 2]))).toBe('type mismatch')
    expect(ruleOf(withCalls(['global.get', 3, 'drop']))).toBe('unknown global 3')
  })

  it('labels and results', () => {
    // A branch to the function takes its result; an end that nothing reaches makes it from nothing.
    check(withCalls(['i32.const', 1, 'br', 0], 3))
    check(withCalls(['i32.const', 1, 'i32.const', 1, 'br_if', 0], 3))
    check(withCalls(['unreachable'], 3))
    check(
      withCalls([
        'block',
        0x40,
        'loop',
        0x40,
        'i32.const',
        1,
        'br_if',
        0,
        'br',
        1,
        'end',
        'end',
        'i32.const',
        1,
        'if',
        0x40,
        'br',
        0,
        'else',
        'end',
      ]),
    )
    expect(ruleOf(withCalls(['block', 0x40, 'br', 1, 'end', 'i32.const', 1], 3))).toBe('type mismatch')
    expect(ruleOf(withCalls(['i64.const', 1], 3))).toBe('type mismatch')
    expect(ruleOf(withCalls([], 3))).toBe('type mismatch')
    expect(ruleOf(withCalls(['i32.const', 1, 'i32.const', 1], 3))).toBe('type mismatch')
    expect(ruleOf(withCalls(['block', 0x40, 'br', 2, 'end']))).toBe('unknown label 2')
    expect(ruleOf(withCalls(['br_if', 0]))).toBe('type mismatch')
    expect(ruleOf(withCalls(['i32.const', 1, 'if', I32, 'i32.const', 1, 'end', 'drop']))).toBe('type mismatch')
    check(withCalls(['i32.const', 1, 'if', I32, 'i32.const', 1, 'else', 'i32.const', 2, 'end', 'drop']))
    expect(ruleOf(withCalls(['i32.const', 1, 'i32.const', 1, 'i32.const', 1, 'if', 2, 'drop', 'drop', 'end']))).toBe('type mismatch')
    // A result has its end as its origin.
    const error = errorOf(withCalls(['block', I32, 'i32.const', 1, 'end', 'i64.eqz', 'drop']))
    expect(error.message).toContain('pushed by end')
  })

  it('a local without a default value is not set any more behind the block that set it', () => {
    const reference = [0x64, 0]
    const parts = (...instructionBytes: (string | number)[]): Parts => ({
      ...body(...instructionBytes),
      locals: [1, 1, ...reference],
      elems: [[3, 0, 1, 0]],
    })
    check(parts('block', 0x40, 'ref.func', 0, 'local.set', 0, 'local.get', 0, 'drop', 'end'))
    expect(ruleOf(parts('block', 0x40, 'ref.func', 0, 'local.set', 0, 'end', 'local.get', 0, 'drop'))).toBe('uninitialized local 0')
  })

  it('more operands than the stack has room for at first', () => {
    const n = 5000
    check(body(...new Array<(string | number)[]>(n).fill(['i32.const', 1]).flat(), ...new Array<string>(n - 1).fill('i32.add'), 'drop'))
  })

  it('loads and stores need a memory, and the address type of it', () => {
    expect(ruleOf(body('i32.const', 0, 'i32.load', 2, 0, 'drop'))).toBe('unknown memory 0')
    const wide = { memories: [[4, 1]] }
    check({ ...wide, ...body('i64.const', 0, 'i32.load', 2, 0, 'drop') }, everything)
    expect(ruleOf({ ...wide, ...body('i32.const', 0, 'i32.load', 2, 0, 'drop') }, everything)).toBe('type mismatch')
  })
})

describe('module', () => {
  const constant = (...bytes: (string | number)[]): number[] => [...ops(...bytes), 0x0b]
  it.each<readonly [string, Parts]>([
    [
      'constant expressions',
      {
        globals: [
          [I32, 0, ...constant('i32.const', 1, 'i32.const', 2, 'i32.mul')],
          [I32, 1, ...constant('global.get', 0)],
        ],
      },
    ],
    ['an imported global in a segment', { imports: [[0, 0, 3, I32, 0]], ...memory, datas: [[0, ...constant('global.get', 0), 0]] }],
    ['a function reference in a global', { globals: [[FUNCREF, 0, ...constant('ref.func', 0)]], ...body('ref.func', 0, 'drop') }],
    [
      'a table of non-null references with an initialiser',
      { tables: [[0x40, 0, 0x64, FUNCREF, 0, 1, ...constant('ref.func', 0)]], ...body() },
    ],
    [
      'element segments',
      {
        ...table,
        elems: [
          [0, ...constant('i32.const', 0), 1, 0],
          [5, FUNCREF, 1, ...constant('ref.null', FUNCREF)],
        ],
        ...body(),
      },
    ],
    ['a start function', { start: 0, ...body() }],
  ])('takes %s', (_what, parts) => check(parts))

  it.each<readonly [string, Parts]>([
    ['unknown type 7', { imports: [[0, 0, 0, 7]] }],
    ['unknown type 7', { funcs: [7], ...body() }],
    ['unknown type', { types: [[0x60, 1, 0x64, 1, 0]] }],
    [
      'sub type 1 does not match super type 0',
      {
        types: [
          [0x60, 0, 0],
          [0x50, 1, 0, 0x60, 0, 0],
        ],
      },
    ],
    [
      'sub type 1 does not match super type 0',
      {
        types: [
          [0x50, 0, 0x5f, 0],
          [0x50, 1, 0, 0x60, 0, 0],
        ],
      },
    ],
    ['size minimum must not be greater than maximum', { memories: [[1, 2, 1]] }],
    ['memory size must be at most 65536 pages (4GiB)', { memories: [[0, 0x81, 0x80, 4]] }],
    ['table size must be at most 2^32-1', { tables: [[FUNCREF, 0, 0x80, 0x80, 0x80, 0x80, 0x10]] }],
    ['type mismatch', { tables: [[0x64, FUNCREF, 0, 1]] }],
    ['type mismatch', { globals: [[I32, 0, ...constant('i64.const', 0)]] }],
    ['type mismatch', { globals: [[I32, 0, ...constant()]] }],
    ['type mismatch', { globals: [[I32, 0, ...constant('i32.const', 0, 'i32.const', 0)]] }],
    ['constant expression required', { globals: [[I32, 0, ...constant('i32.const', 0, 'i32.eqz')]] }],
    [
      'constant expression required',
      {
        globals: [
          [I32, 1, ...constant('i32.const', 0)],
          [I32, 0, ...constant('global.get', 0)],
        ],
      },
    ],
    ['unknown global 0', { globals: [[I32, 0, ...constant('global.get', 0)]] }],
    ['unknown function 3', { elems: [[1, 0, 1, 3]] }],
    ['unknown table 0', { elems: [[0, ...constant('i32.const', 0), 0]] }],
    ['type mismatch', { tables: [[0x6f, 0, 1]], elems: [[0, ...constant('i32.const', 0), 0]] }],
    ['type mismatch', { ...table, elems: [[0, ...constant('i64.const', 0), 0]] }],
    ['unknown memory 0', { datas: [[0, ...constant('i32.const', 0), 0]] }],
    ['unknown memory 0', { exports: [[0, 2, 0]] }],
    [
      'duplicate export name',
      {
        exports: [
          [1, 0x61, 0, 0],
          [1, 0x61, 0, 0],
        ],
        ...body(),
      },
    ],
    ['start function', { types: [[0x60, 0, 1, I32]], start: 0, ...body('i32.const', 0) }],
    ['unknown function 1', { start: 1, ...body() }],
  ])('refuses: %s %#', (rule, parts) => {
    expect(ruleOf(parts)).toBe(rule)
  })

  it('knows the rules of earlier versions', () => {
    const old = featureSet({ 'reference-types': false, 'multi-memory': false, 'extended-const': false, gc: false, threads: true })
    // The suite's words, and the feature that would allow it.
    const refused = (parts: Parts): [string, string] => {
      try {
        check(parts, old)
      } catch (e) {
        if (e instanceof UnsupportedError) return [e.message.slice(0, e.message.indexOf(':')), e.feature]
        throw e
      }
      throw new Error('valid')
    }
    const two = [
      [0, 1],
      [0, 1],
    ]
    expect(refused({ memories: two })).toEqual(['multiple memories', 'multi-memory'])
    expect(refused({ tables: two.map((limits) => [FUNCREF, ...limits]) })).toEqual(['multiple tables', 'reference-types'])
    expect(refused({ types: [[0x60, 0, 1, I32]], tags: [[0, 0]] })).toEqual(['non-empty tag result type', 'stack-switching'])
    expect(errorOf({ memories: [[2, 1]] }, old).rule).toBe('shared memory must have maximum')
    expect(refused({ globals: [[I32, 0, ...constant('i32.const', 1, 'i32.const', 2, 'i32.mul')]] })).toEqual([
      'constant expression required',
      'extended-const',
    ])
    expect(
      refused({
        globals: [
          [I32, 0, ...constant('i32.const', 1)],
          [I32, 0, ...constant('global.get', 0)],
        ],
      }),
    ).toEqual(['unknown global 0', 'gc'])
    expect(errorOf({ memories: [[8, 1, 1]] }, everything).rule).toBe('invalid custom page size')
    expect(errorOf({ memories: [[3, 1, 1]], ...body('i32.const', 0, 'i32.atomic.load', 1, 0, 'drop') }, old).rule).toBe(
      'atomic alignment must be natural',
    )
  })
})

describe('the table', () => {
  it('has a rule for every row whose type depends on the context', () => {
    const without = instructions.filter((row) => {
      if (row.type !== undefined) return false
      try {
        rules[row.id]!({} as never, { instruction: row, at: 0 } as never)
      } catch (e) {
        return e instanceof UnsupportedError
      }
      return false
    })
    expect(without.map((row) => row.name)).toEqual([])
  })
  it('checks every row with a static type against its own signature', () => {
    const bytesOf: Record<string, number[]> = {
      i32: [0],
      i64: [0],
      f32: [0, 0, 0, 0],
      f64: [0, 0, 0, 0, 0, 0, 0, 0],
      v128: new Array<number>(16).fill(0),
      lane: [0],
      lanes: new Array<number>(16).fill(0),
      zero: [0],
    }
    let n = 0
    for (const row of instructions) {
      if (row.type === undefined) continue
      n++
      const opcode = row.opcode < 0x100 ? [row.opcode] : [row.opcode >>> 16, ...leb(row.opcode & 0xffff)]
      const immediates = row.immediates.flatMap((i) => (i === 'memarg' ? [31 - Math.clz32(row.width), 0] : bytesOf[i]!))
      const drops = row.type.results.flatMap(() => ops('drop'))
      const parts = { memories: [[0, 1]], ...body('unreachable', ...opcode, ...immediates, ...drops) }
      check(parts, everything)
      // With nothing on the stack a row with parameters must fail.
      if (row.type.params.length > 0)
        expect(ruleOf({ ...parts, ...body(...opcode, ...immediates, ...drops) }, everything)).toBe('type mismatch')
      expect(ruleOf({ ...parts, ...body('unreachable', ...opcode, ...immediates, ...drops, 'f32.const', 0, 0, 0, 0) }, everything)).toBe(
        'type mismatch',
      )
    }
    expect(n).toBeGreaterThan(400)
  })
})
