/**
 * The implementation limits of the WebAssembly JavaScript Interface, each at the limit and one beyond it, and that nothing
 * is allocated for a count that is only claimed. Run-time limits (table and memory sizes) are at the end.
 */
import { describe, expect, it, test } from 'vitest'
import { decode } from '../src/decoder/decode.ts'
import { compile } from '../src/embedding/module.ts'
import { instantiate } from '../src/embedding/instantiate.ts'
import { LimitError, MalformedError, VitrineError } from '../src/errors.ts'
import { allFeatures } from '../src/spec/features.ts'
import * as limits from '../src/spec/limits.ts'
import { watToWasm } from '../src/text/index.ts'
import { validate } from '../src/validator/validate.ts'

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
type Bytes = readonly number[] | Uint8Array
function leb(n: number): number[] {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(Math.floor(n / 128))]
}
function join(...parts: readonly Bytes[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
function repeat(entry: readonly number[], n: number): Uint8Array {
  const whole = new Uint8Array(entry.length * n)
  for (let i = 0; i < whole.length; i++) whole[i] = entry[i % entry.length]!
  return whole
}
const section = (id: number, ...parts: readonly Bytes[]): Uint8Array => {
  const contents = join(...parts)
  return join([id], leb(contents.length), contents)
}
const wasm = (...sections: readonly Bytes[]): Uint8Array => join(HEADER, ...sections)
const vec = (entry: readonly number[], n: number): Uint8Array => join(leb(n), repeat(entry, n))
const END = 0x0b

const type = section(1, [1, 0x60, 0, 0])
const func = section(3, [1, 0])
/** A module with one function of type [] -> []; `body` holds its locals and instructions. */
const withBody = (body: Bytes): Uint8Array => wasm(type, func, section(10, [1], leb(body.length), body))
/** Type i is a supertype of type i + 1. */
function chain(depth: number): Uint8Array {
  const types: number[] = [0x50, 0, 0x5f, 0]
  for (let i = 0; i < depth; i++) types.push(0x50, 1, ...leb(i), 0x5f, 0)
  return wasm(section(1, leb(depth + 1), types))
}
/** array.new_fixed with n operands, which unreachable code need not have. */
const newFixed = (n: number): Uint8Array =>
  wasm(section(1, [2, 0x60, 0, 0, 0x5e, 0x7f, 0]), func, section(10, [1, leb(n).length + 7, 0, 0x00, 0xfb, 8, 1, ...leb(n), 0x1a, END]))

interface Case {
  readonly name: string
  readonly limit: number
  /** A module with `n` of them. */
  readonly make: (n: number) => Uint8Array
  /** Offset in the file that the error names. */
  readonly offset?: number
  /** The validator checks it. */
  readonly validated?: boolean
}

const cases: readonly Case[] = [
  { name: 'types', limit: limits.MAX_TYPES, make: (n) => wasm(section(1, [2, 0x60, 0, 0, 0x4e], vec([0x60, 0, 0], n - 1))), offset: 18 },
  { name: 'recursion groups', limit: limits.MAX_REC_GROUPS, make: (n) => wasm(section(1, vec([0x60, 0, 0], n))), offset: 13 },
  {
    name: 'types in a recursion group',
    limit: limits.MAX_REC_GROUP_SIZE,
    make: (n) => wasm(section(1, [1, 0x4e], vec([0x60, 0, 0], n))),
    offset: 15,
  },
  {
    name: 'functions',
    limit: limits.MAX_FUNCTIONS,
    make: (n) => wasm(type, section(3, vec([0], n)), section(10, vec([2, 0, END], n))),
    offset: 18,
  },
  { name: 'imports', limit: limits.MAX_IMPORTS, make: (n) => wasm(section(2, vec([0, 0, 0, 0], n))), offset: 13 },
  { name: 'exports', limit: limits.MAX_EXPORTS, make: (n) => wasm(section(7, vec([0, 0, 0], n))), offset: 13 },
  { name: 'globals', limit: limits.MAX_GLOBALS, make: (n) => wasm(section(6, vec([0x7f, 0, 0x41, 0, END], n))), offset: 13 },
  { name: 'tags', limit: limits.MAX_TAGS, make: (n) => wasm(section(13, vec([0, 0], n))), offset: 12 },
  { name: 'data segments', limit: limits.MAX_DATA_SEGMENTS, make: (n) => wasm(section(11, vec([1, 0], n))), offset: 12 },
  {
    name: 'data segments, by the data count section',
    limit: limits.MAX_DATA_SEGMENTS,
    make: (n) => wasm(section(12, leb(n)), section(11, vec([1, 0], n))),
    offset: 10,
  },
  { name: 'tables', limit: limits.MAX_TABLES, make: (n) => wasm(section(4, vec([0x70, 0, 0], n))), offset: 12 },
  {
    name: 'tables, imported and defined',
    limit: limits.MAX_TABLES,
    make: (n) => wasm(section(2, [1, 0, 0, 1, 0x70, 0, 0]), section(4, vec([0x70, 0, 0], n - 1))),
    offset: 21,
  },
  { name: 'imported tables', limit: limits.MAX_TABLES, make: (n) => wasm(section(2, vec([0, 0, 1, 0x70, 0, 0], n))) },
  { name: 'memories', limit: limits.MAX_MEMORIES, make: (n) => wasm(section(5, vec([0, 0], n))), offset: 11 },
  {
    name: 'memories, imported and defined',
    limit: limits.MAX_MEMORIES,
    make: (n) => wasm(section(2, [1, 0, 0, 2, 0, 0]), section(5, vec([0, 0], n - 1))),
    offset: 19,
  },
  { name: 'imported memories', limit: limits.MAX_MEMORIES, make: (n) => wasm(section(2, vec([0, 0, 2, 0, 0], n))), offset: 514 },
  {
    name: 'table entries',
    limit: limits.MAX_TABLE_INIT_ENTRIES,
    make: (n) => wasm(section(9, [1, 1, 0], vec([0], n))),
    offset: 16,
  },
  { name: 'parameters', limit: limits.MAX_PARAMS, make: (n) => wasm(section(1, [1, 0x60], vec([0x7f], n), [0])), offset: 13 },
  { name: 'results', limit: limits.MAX_RESULTS, make: (n) => wasm(section(1, [1, 0x60, 0], vec([0x7f], n))), offset: 14 },
  {
    name: 'bytes in a function body',
    limit: limits.MAX_FUNCTION_SIZE,
    make: (n) => withBody(join([0], repeat([0x01], n - 2), [END])),
    offset: 24,
  },
  { name: 'locals', limit: limits.MAX_LOCALS, make: (n) => withBody([2, ...leb(n - 1), 0x7f, 1, 0x7e, END]), offset: 22 },
  {
    name: 'locals with the parameters',
    limit: limits.MAX_LOCALS,
    make: (n) => wasm(section(1, [1, 0x60, 1, 0x7f, 0]), func, section(10, [1, leb(n - 1).length + 3, 1, ...leb(n - 1), 0x7f, END])),
    validated: true,
  },
  { name: 'fields', limit: limits.MAX_STRUCT_FIELDS, make: (n) => wasm(section(1, [1, 0x5f], vec([0x7f, 0], n))), offset: 14 },
  { name: 'labels', limit: limits.MAX_BR_TABLE_SIZE, make: (n) => withBody(join([0, 0x41, 0, 0x0e], vec([0], n), [0, END])), offset: 30 },
  { name: 'operands of array.new_fixed', limit: limits.MAX_ARRAY_NEW_FIXED, make: newFixed, offset: 27, validated: true },
  { name: 'supertypes', limit: limits.MAX_SUBTYPE_DEPTH, make: chain, validated: true },
]

describe('at the limit and one beyond', () => {
  test.each(cases)('$name: $limit', ({ name, limit, make, offset, validated }) => {
    const check = (bytes: Uint8Array): void => {
      const module = decode(bytes, { features: allFeatures })
      if (validated === true) validate(module, allFeatures)
    }
    check(make(limit))
    let error: unknown
    try {
      check(make(limit + 1))
    } catch (e) {
      error = e
    }
    expect(error).toBeInstanceOf(LimitError)
    const { message, offset: at } = error as LimitError
    expect(message).toContain(name.split(/,| with /)[0]!.replace('imported ', ''))
    expect(message).toContain(String(limit))
    expect(at).toBeTypeOf('number')
    if (offset !== undefined) expect(at).toBe(offset)
  })

  it('bytes in a module: 1 GiB', () => {
    // Pages that nobody touches take no memory.
    expect(() => decode(new Uint8Array(limits.MAX_MODULE_SIZE))).toThrow(MalformedError)
    expect(() => decode(new Uint8Array(limits.MAX_MODULE_SIZE + 1))).toThrow(LimitError)
  })

  it('element segments: ten million', () => {
    // At the limit it would take a gigabyte.
    const beyond = wasm(section(9, vec([0], limits.MAX_ELEMENT_SEGMENTS + 1)))
    expect(() => decode(beyond)).toThrow(/^too many element segments: 10000001, the limit is 10000000$/)
  })

  it('is checked before anything is allocated: every limit has a test', () => {
    const tested = new Set(cases.map((c) => c.limit))
    const elsewhere = [
      limits.MAX_MODULE_SIZE,
      limits.MAX_TABLE_SIZE,
      limits.MAX_MEMORY32_PAGES,
      limits.MAX_MEMORY64_PAGES,
      limits.MAX_MEMORY64_RUNTIME_PAGES,
    ]
    expect(Object.values(limits).filter((n) => !tested.has(n) && !elsewhere.includes(n))).toEqual([])
  })
})

describe('a claimed count', () => {
  const CLAIM = [0xff, 0xff, 0xff, 0xff, 0x0f]
  const claims: readonly (readonly [string, Uint8Array])[] = [
    ...[1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13].map((id) => [`section ${id}`, wasm(section(id, CLAIM))] as const),
    ['a section longer than the file', wasm([1, ...CLAIM])],
    ['a custom section longer than the file', wasm([0, ...CLAIM])],
    ['a name', wasm(section(0, CLAIM))],
    ['types in a group', wasm(section(1, [1, 0x4e], CLAIM))],
    ['supertypes', wasm(section(1, [1, 0x50], CLAIM))],
    ['parameters', wasm(section(1, [1, 0x60], CLAIM))],
    ['results', wasm(section(1, [1, 0x60, 0], CLAIM))],
    ['fields', wasm(section(1, [1, 0x5f], CLAIM))],
    ['an import name', wasm(section(2, [1], CLAIM))],
    ['functions of a segment', wasm(section(9, [1, 1, 0], CLAIM))],
    ['expressions of a segment', wasm(section(9, [1, 5, 0x70], CLAIM))],
    ['bytes of a data segment', wasm(section(11, [1, 1], CLAIM))],
    ['a body', wasm(type, func, section(10, [1], CLAIM))],
    ['runs of locals', withBody(CLAIM)],
    ['labels', withBody([0, 0x0e, ...CLAIM])],
    ['catches', withBody([0, 0x1f, 0x40, ...CLAIM])],
    ['types of a select', withBody([0, 0x1c, ...CLAIM])],
    ['handlers', withBody([0, 0xe3, 0, ...CLAIM])],
  ]

  test.each(claims)('allocates nothing: %s', (_, bytes) => {
    const before = process.memoryUsage()
    let error: unknown
    try {
      decode(bytes, { features: allFeatures })
    } catch (e) {
      error = e
    }
    const after = process.memoryUsage()
    expect(error).toBeInstanceOf(VitrineError)
    expect(['malformed', 'limit']).toContain((error as VitrineError).code)
    expect((error as VitrineError).offset).toBeTypeOf('number')
    // Four billion entries would be gigabytes; the error and its stack are kilobytes.
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(4 << 20)
  })
})

describe('sizes', () => {
  const memory = (limitsText: string): Uint8Array => watToWasm(`(module (memory ${limitsText}))`)

  it('the limits of a 32-bit memory are at most 65,536 pages', () => {
    compile(memory(`0 ${limits.MAX_MEMORY32_PAGES}`))
    expect(() => compile(memory(`0 ${limits.MAX_MEMORY32_PAGES + 1}`))).toThrow(/^memory size must be at most 65536 pages/)
    expect(() => compile(memory(`${limits.MAX_MEMORY32_PAGES + 1}`))).toThrow(/^memory size must be at most 65536 pages/)
  })

  it('a table has at most 10,000,000 entries when it is made', () => {
    const table = (min: number): Uint8Array => watToWasm(`(module (table ${min} funcref))`)
    // The declaration is valid whatever its size: the core specification says so.
    const beyond = compile(table(limits.MAX_TABLE_SIZE + 1))
    expect(() => instantiate(beyond)).toThrow(LimitError)
    instantiate(compile(table(limits.MAX_TABLE_SIZE)))
  })
})
