/** Binary modules section by section: what is accepted, and where each malformed one is refused (spec §5.5). */
import { describe, expect, it } from 'vitest'
import { LimitError, MalformedError, UnsupportedError, VitrineError } from '../errors.ts'
import { allFeatures, featureSet } from '../spec/features.ts'
import { byName } from '../spec/instructions.ts'
import { FUNCREF, HEAP_FUNC, I32, I8, refType } from '../spec/types.ts'
import { decode } from './decode.ts'

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
const section = (id: number, ...contents: number[]): number[] => [id, contents.length, ...contents]
const wasm = (...sections: number[][]): Uint8Array => Uint8Array.from([...HEADER, ...sections.flat()])

/** One function type [] -> []; one function of it. */
const type = section(1, 1, 0x60, 0, 0)
const func = section(3, 1, 0)
const memory = section(5, 1, 0, 1)
/** A code section of one body with these bytes after its (absent) locals. */
const code = (...body: number[]): number[] => section(10, 1, body.length + 1, 0, ...body)
const END = 0x0b

const everything = allFeatures

describe('decode', () => {
  it('takes the empty module', () => {
    const m = decode(wasm())
    expect(m.types).toEqual([])
    expect(m.imported).toEqual({ func: 0, table: 0, memory: 0, global: 0, tag: 0 })
  })

  it('keeps where bodies and sections lie', () => {
    const m = decode(wasm(type, func, code(0x01, END)))
    expect(m.code).toEqual([{ bytes: m.bytes, start: 23, end: 25, locals: [] }])
    expect(m.sections.map((s) => [s.name, s.start, s.end])).toEqual([
      ['type', 10, 14],
      ['function', 16, 18],
      ['code', 20, 25],
    ])
  })

  it('puts imports first in the index spaces', () => {
    const m = decode(
      wasm(
        type,
        section(2, 2, 1, 0x61, 1, 0x62, 0, 0, 1, 0x61, 1, 0x63, 3, 0x7f, 1),
        func,
        section(6, 1, 0x7e, 0, 0x42, 0, END),
        code(END),
      ),
    )
    expect(m.funcs).toEqual([0, 0])
    expect(m.imports.map((i) => `${i.module}.${i.name} ${i.type.kind}`)).toEqual(['a.b func', 'a.c global'])
    expect(m.globals).toEqual([
      { type: I32, mutable: true },
      { type: 0x7e, mutable: false },
    ])
    expect(m.imported).toMatchObject({ func: 1, global: 1 })
    expect(m.globalInits).toHaveLength(1)
  })

  it('reads the types of 3.0', () => {
    const m = decode(wasm(section(1, 2, 0x4e, 2, 0x50, 0, 0x5f, 1, 0x78, 1, 0x4f, 1, 0, 0x5f, 2, 0x78, 1, 0x64, 0, 0, 0x5e, 0x63, 0x70, 0)))
    expect(m.types).toEqual([
      { final: false, supers: [], comp: { kind: 'struct', fields: [{ type: I8, mutable: true }] }, recStart: 0, recLength: 2 },
      {
        final: true,
        supers: [0],
        recStart: 0,
        recLength: 2,
        comp: {
          kind: 'struct',
          fields: [
            { type: I8, mutable: true },
            { type: refType(false, 0), mutable: false },
          ],
        },
      },
      { final: true, supers: [], comp: { kind: 'array', field: { type: FUNCREF, mutable: false } }, recStart: 2, recLength: 1 },
    ])
  })

  it('reads all flags of limits', () => {
    const m = decode(wasm(section(5, 4, 0x00, 1, 0x03, 1, 2, 0x05, 1, 0x80, 0x80, 0x80, 0x80, 0x10, 0x08, 7, 0)), { features: everything })
    expect(m.memories).toEqual([
      { limits: { min: 1, max: undefined, is64: false }, shared: false, pageSizeLog2: 16 },
      { limits: { min: 1, max: 2, is64: false }, shared: true, pageSizeLog2: 16 },
      { limits: { min: 1, max: 2 ** 32, is64: true }, shared: false, pageSizeLog2: 16 },
      { limits: { min: 7, max: undefined, is64: false }, shared: false, pageSizeLog2: 0 },
    ])
  })

  it('reads a table with an initialiser', () => {
    const m = decode(wasm(section(4, 2, 0x70, 0, 1, 0x40, 0, 0x70, 0, 1, 0xd0, 0x70, END)))
    expect(m.tables).toHaveLength(2)
    expect(m.tableInits[0]).toBeUndefined()
    expect(m.tableInits[1]).toMatchObject({ start: 19, end: 22 })
  })

  it('reads the eight forms of element segments', () => {
    const start = [0x41, 0, END]
    const exprs = [1, 0xd0, 0x70, END]
    const m = decode(
      wasm(
        section(
          9,
          8,
          0,
          ...start,
          1,
          5,
          1,
          0,
          1,
          5,
          2,
          3,
          ...start,
          0,
          1,
          5,
          3,
          0,
          1,
          5,
          4,
          ...start,
          ...exprs,
          5,
          0x70,
          ...exprs,
          6,
          3,
          ...start,
          0x70,
          ...exprs,
          7,
          0x70,
          ...exprs,
        ),
      ),
    )
    const nonNull = refType(false, HEAP_FUNC)
    expect(m.elems.map((e) => [e.mode, e.table, e.type, e.funcs, e.exprs?.length])).toEqual([
      ['active', 0, nonNull, [5], undefined],
      ['passive', 0, nonNull, [5], undefined],
      ['active', 3, nonNull, [5], undefined],
      ['declarative', 0, nonNull, [5], undefined],
      ['active', 0, FUNCREF, undefined, 1],
      ['passive', 0, FUNCREF, undefined, 1],
      ['active', 3, FUNCREF, undefined, 1],
      ['declarative', 0, FUNCREF, undefined, 1],
    ])
  })

  it('reads the three forms of data segments', () => {
    const m = decode(wasm(section(11, 3, 0, 0x41, 0, END, 1, 0x61, 1, 2, 0x62, 0x63, 2, 4, 0x41, 0, END, 0)))
    expect(m.datas.map((d) => [d.mode, d.memory, [...d.bytes]])).toEqual([
      ['active', 0, [0x61]],
      ['passive', 0, [0x62, 0x63]],
      ['active', 4, []],
    ])
  })

  it('keeps custom sections with their place', () => {
    const m = decode(wasm(section(0, 1, 0x61, 9), type, section(0, 1, 0x62)))
    expect(m.customs.map((c) => [c.name, [...c.bytes], c.offset, c.after])).toEqual([
      ['a', [9], 12, 0],
      ['b', [], 23, 1],
    ])
  })

  it('knows what `try`, `catch` and `delegate` may follow', () => {
    const { try: t, c, all, d } = { try: [0x06, 0x40], c: [0x07, 0], all: [0x19], d: [0x18, 0] }
    const ok = (...body: number[]): void => void decode(wasm(type, func, code(...body)), { features: everything })
    ok(...t, ...c, ...c, ...all, END, END)
    ok(...t, ...d, END)
    ok(...t, END, END)
    for (const body of [
      [...t, ...all, ...c, END, END],
      [...t, ...c, ...d, END],
      [...c, END],
      [...d, END],
    ]) {
      expect(() => ok(...body)).toThrow('END opcode expected')
    }
  })

  it('walks deep nesting without the JS stack', () => {
    const depth = 200_000
    const size = depth * 3 + 2
    const leb = (n: number): number[] => [(n & 0x7f) | 0x80, ((n >> 7) & 0x7f) | 0x80, n >> 14]
    const bytes = new Uint8Array(HEADER.length + type.length + func.length + 8 + size)
    bytes.set([...HEADER, ...type, ...func, 10, ...leb(size + 4), 1, ...leb(size), 0])
    const start = bytes.length - size + 1
    for (let i = 0; i < depth; i++) bytes.set([0x02, 0x40], start + i * 2)
    bytes.fill(END, start + depth * 2)
    expect(decode(bytes).code).toHaveLength(1)
  })
})

describe('malformed', () => {
  const cases: readonly (readonly [string, number[] | Uint8Array])[] = [
    ['unexpected end', []],
    ['unexpected end', [0x00, 0x61]],
    ['magic header not detected', [0x00, 0x61, 0x73, 0x6e, 1, 0, 0, 0]],
    ['unknown binary version', [0x00, 0x61, 0x73, 0x6d, 2, 0, 0, 0]],
    ['unknown binary version: this is a component', [0x00, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]],
    ['malformed section id', wasm([14, 0])],
    ['length out of bounds', wasm([1, 5, 0])],
    ['section size mismatch', wasm(section(1, 0, 0))],
    ['unexpected end of section or function', wasm(section(5, 1))],
    ['unexpected content after last section', wasm(func, type)],
    ['unexpected content after last section', wasm(type, type)],
    ['function and code section have inconsistent lengths', wasm(type, func)],
    ['function and code section have inconsistent lengths', wasm(code(END))],
    ['data count and data section have inconsistent lengths', wasm(section(12, 1))],
    ['data count section required', wasm(type, func, memory, code(0xfc, 9, 0, END), section(11, 1, 1, 0))],
    ['END opcode expected', wasm(type, func, code(0x05, END))],
    ['END opcode expected', wasm(type, func, code(0x02, 0x40, 0x05, END, END))],
    ['END opcode expected', wasm(type, func, code(0x41, 0, 0x04, 0x40, 0x05, 0x05, END, END))],
    ['section size mismatch', wasm(type, func, code(END, END))],
    ['unexpected end of section or function', wasm(type, func, code(0x02, 0x40, END))],
    ['illegal opcode ff', wasm(type, func, code(0xff, END))],
    ['illegal opcode fc 7f', wasm(type, func, code(0xfc, 0x7f, END))],
    ['malformed memop flags', wasm(type, func, code(0x41, 0, 0x28, 0x80, 1, 0, 0x1a, END))],
    ['malformed value type', wasm(type, func, code(0x02, 0x60, END, END))],
    ['malformed reference type', wasm(section(4, 1, 0x7f, 0, 0))],
    ['malformed limits flags', wasm(section(5, 1, 0x10, 0))],
    ['malformed limits flags', wasm(section(4, 1, 0x70, 0x08, 0))],
    ['malformed mutability', wasm(section(6, 1, 0x7f, 2, 0x41, 0, END))],
    ['malformed import kind', wasm(section(2, 1, 0, 0, 5))],
    ['malformed export kind', wasm(section(7, 1, 0, 5, 0))],
    ['malformed UTF-8 encoding', wasm(section(7, 1, 1, 0xff, 0, 0))],
    ['malformed UTF-8 encoding', wasm(section(0, 1, 0xff))],
    ['unexpected end of section or function', wasm([0, 0], [0])],
    ['integer representation too long', wasm(section(1, 1, 0xe0, 0x7f, 0, 0))],
    ['integer too large', wasm(section(3, 0x80, 0x80, 0x80, 0x80, 0x10))],
    ['too many locals', wasm(type, func, section(10, 1, 10, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 2, 0x7e, END))],
    ['zero byte expected', wasm(section(4, 1, 0x40, 1, 0x70, 0, 0, 0xd0, 0x70, END))],
    ['malformed elements segment kind', wasm(section(9, 1, 8))],
    ['malformed data segment kind', wasm(section(11, 1, 3))],
    ['malformed definition type', wasm(section(1, 1, 0x7f))],
  ]
  it.each(cases)('%s %#', (message, bytes) => {
    let error: unknown
    try {
      decode(Uint8Array.from(bytes))
    } catch (e) {
      error = e
    }
    expect(error).toBeInstanceOf(MalformedError)
    expect((error as Error).message.slice(0, message.length)).toBe(message)
    expect((error as VitrineError).offset).toBeTypeOf('number')
  })

  it('names the function', () => {
    try {
      decode(wasm(type, section(3, 2, 0, 0), section(10, 2, 2, 0, END, 3, 0, 0xff, END)))
      expect.unreachable()
    } catch (e) {
      expect(e).toMatchObject({ code: 'malformed', funcidx: 1, offset: 27 })
    }
  })

  it('cut at any byte gives nothing but MalformedError', () => {
    const whole = wasm(
      type,
      section(2, 1, 1, 0x61, 1, 0x62, 0, 0),
      func,
      section(4, 1, 0x70, 0, 1),
      memory,
      section(9, 1, 0, 0x41, 0, END, 1, 0),
      code(0x41, 0x2a, 0x1a, END),
    )
    decode(whole)
    const boundaries: number[] = []
    for (let n = 0; n < whole.length; n++) {
      try {
        decode(whole.subarray(0, n))
        boundaries.push(n)
      } catch (e) {
        expect(e).toBeInstanceOf(MalformedError)
      }
    }
    // Whole sections, as long as no function is declared.
    expect(boundaries).toEqual([8, 14, 23])
  })
})

describe('limits and features', () => {
  it('has implementation limits', () => {
    expect(() => decode(wasm(type, func, section(10, 1, 6, 1, 0x80, 0x80, 0x04, 0x7f, END)))).toThrow(LimitError)
  })
  it('allocates nothing for a claimed count', () => {
    for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13])
      expect(() => decode(wasm(section(id, 0xff, 0xff, 0xff, 0xff, 0x0f)))).toThrow(VitrineError)
  })
  it.each([
    ['gc', section(1, 1, 0x5e, 0x7f, 0)],
    ['gc', section(1, 1, 0x60, 1, 0x6e, 0)],
    ['simd', section(1, 1, 0x60, 1, 0x7b, 0)],
    ['multi-value', section(1, 1, 0x60, 0, 2, 0x7f, 0x7f)],
    ['reference-types', section(1, 1, 0x60, 1, 0x70, 0)],
    ['function-references', section(4, 1, 0x63, 0x70, 0, 0)],
    ['exceptions', section(13, 1, 0, 0)],
    ['memory64', section(5, 1, 0x04, 0)],
    ['bulk-memory', section(12, 0)],
  ] as const)('refuses what needs %s when it is off', (feature, bytes) => {
    decode(wasm([...bytes]))
    try {
      decode(wasm([...bytes]), { features: featureSet({ [feature]: false }) })
      expect.unreachable()
    } catch (e) {
      expect(e).toBeInstanceOf(UnsupportedError)
      expect(e).toMatchObject({ feature })
      expect((e as Error).message).toContain(`'${feature}'`)
    }
  })
  it('refuses an instruction of a feature that is off', () => {
    const bytes = wasm(type, func, code(0x41, 0, byName.get('i32.extend8_s')!.opcode, 0x1a, END))
    decode(bytes)
    expect(() => decode(bytes, { features: featureSet({ 'sign-extension': false }) })).toThrow(UnsupportedError)
  })
})
