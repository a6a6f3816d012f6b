/** The instruction table against facts written down a second time: counts, opcodes, widths and types derived from the names. */
import { describe, expect, it } from 'vitest'
import { features } from './features.ts'
import {
  ADDR,
  byName,
  byOpcode,
  instructions,
  isAtomic,
  oneByte,
  prefixed,
  REF_CAST_NULL,
  REF_TEST_NULL,
  SELECT_T,
  type Instruction,
} from './instructions.ts'
import { F32, F64, formatValType, I32, I64, V128, type ValType } from './types.ts'

const count = (test: (i: Instruction) => boolean): number => instructions.filter(test).length
const of =
  (...names: string[]): ((i: Instruction) => boolean) =>
  (i) =>
    names.includes(i.feature)
const proposals = features.filter((f) => !f.on).map((f) => f.name as string)

describe('counts', () => {
  it('has the 499 rows of the index of Wasm 3.0', () => {
    // The index lists `else` and `end`, two opcodes each for select, ref.test and ref.cast, and 256 vector instructions.
    expect(count((i) => !proposals.includes(i.feature))).toBe(499)
    expect(count(of('mvp'))).toBe(172) // Wasm 1.0
    expect(count(of('sign-extension'))).toBe(5)
    expect(count(of('saturating-float-to-int'))).toBe(8)
    expect(count(of('bulk-memory'))).toBe(7) // memory.init/copy/fill, data.drop, table.init/copy, elem.drop
    expect(count(of('reference-types'))).toBe(9) // ref.null/is_null/func, table.get/set/grow/size/fill, typed select
    expect(count(of('tail-call'))).toBe(2)
    expect(count(of('function-references'))).toBe(5) // (return_)call_ref, ref.as_non_null, br_on_(non_)null
    expect(count(of('exceptions'))).toBe(3)
    expect(count(of('gc'))).toBe(32) // 31 behind 0xfb, and ref.eq
    expect(count(of('simd'))).toBe(236)
    expect(count(of('relaxed-simd'))).toBe(20)
  })
  it('has the rows of the proposals', () => {
    // Four, then load and store of 7 widths, then 7 operations (add … cmpxchg) of 7 widths.
    expect(count(of('threads'))).toBe(4 + 7 + 7 + 7 * 7)
    expect(count(of('legacy-exceptions'))).toBe(5)
    expect(count(of('wide-arithmetic'))).toBe(4)
    expect(count(of('stack-switching'))).toBe(7)
    expect(instructions.length).toBe(499 + 67 + 5 + 4 + 7)
  })
})

describe('lookups', () => {
  it('gives dense ids in order', () => {
    expect(instructions.map((i) => i.id)).toEqual(instructions.map((_, index) => index))
  })
  it('has no opcode twice', () => {
    expect(new Set(instructions.map((i) => i.opcode)).size).toBe(instructions.length)
  })
  it('has only the documented names twice', () => {
    const seen = new Map<string, number>()
    for (const { name } of instructions) seen.set(name, (seen.get(name) ?? 0) + 1)
    expect([...seen].filter(([, n]) => n > 1).sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ['ref.cast', 2],
      ['ref.test', 2],
      ['select', 2],
    ])
    for (const [name, second] of [
      ['select', SELECT_T],
      ['ref.test', REF_TEST_NULL],
      ['ref.cast', REF_CAST_NULL],
    ] as const) {
      expect(byName.get(name)!.opcode).toBe(second - 1)
      expect(byOpcode(second)!.name).toBe(name)
    }
  })
  it('finds each row by its opcode, and in the arrays of the reader', () => {
    for (const row of instructions) {
      expect(byOpcode(row.opcode)).toBe(row)
      const prefix = row.opcode >>> 16
      expect(prefix === 0 ? oneByte()[row.opcode] : prefixed(prefix)![row.opcode & 0xffff]).toBe(row)
    }
    expect(oneByte().length).toBe(256)
    // No array has rows that the table does not have.
    const reachable = [oneByte(), ...[0xfb, 0xfc, 0xfd, 0xfe].map((p) => prefixed(p)!)].flat().filter((row) => row !== undefined)
    expect(reachable.length).toBe(instructions.length)
  })
  it('is undefined where there is no instruction', () => {
    for (const opcode of [0x27, 0xd7, 0xdf, 0xe7, 0xfb, 0xfc, 0xfd, 0xfe, 0xff, 0xfc_0012, 0xfd_009a, 0xfd_0114, 0xfe_0004, 0xfa_0000]) {
      expect(byOpcode(opcode)).toBeUndefined()
    }
    expect(prefixed(0x20)).toBeUndefined()
    expect(prefixed(0xfd)![0xffff_ffff]).toBeUndefined()
  })
})

// Written from the binary format chapter and the proposals, not from the table.
const expected: Record<string, number> = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  throw: 0x08,
  throw_ref: 0x0a,
  end: 0x0b,
  br: 0x0c,
  br_if: 0x0d,
  br_table: 0x0e,
  return: 0x0f,
  call: 0x10,
  call_indirect: 0x11,
  return_call: 0x12,
  return_call_indirect: 0x13,
  call_ref: 0x14,
  return_call_ref: 0x15,
  drop: 0x1a,
  select: 0x1b,
  try_table: 0x1f,
  'local.get': 0x20,
  'local.tee': 0x22,
  'global.set': 0x24,
  'table.get': 0x25,
  'i32.load': 0x28,
  'f64.load': 0x2b,
  'i64.load32_u': 0x35,
  'i32.store': 0x36,
  'i64.store32': 0x3e,
  'memory.size': 0x3f,
  'memory.grow': 0x40,
  'i32.const': 0x41,
  'f64.const': 0x44,
  'i32.eqz': 0x45,
  'i64.eqz': 0x50,
  'f32.eq': 0x5b,
  'f64.ge': 0x66,
  'i32.clz': 0x67,
  'i32.rotr': 0x78,
  'i64.add': 0x7c,
  'i64.rotr': 0x8a,
  'f32.abs': 0x8b,
  'f32.copysign': 0x98,
  'f64.nearest': 0x9e,
  'f64.copysign': 0xa6,
  'i32.wrap_i64': 0xa7,
  'i64.trunc_f64_u': 0xb1,
  'f32.demote_f64': 0xb6,
  'f64.promote_f32': 0xbb,
  'f64.reinterpret_i64': 0xbf,
  'i32.extend8_s': 0xc0,
  'i64.extend32_s': 0xc4,
  'ref.null': 0xd0,
  'ref.is_null': 0xd1,
  'ref.func': 0xd2,
  'ref.eq': 0xd3,
  'ref.as_non_null': 0xd4,
  br_on_null: 0xd5,
  br_on_non_null: 0xd6,
  'struct.new': 0xfb_0000,
  'struct.set': 0xfb_0005,
  'array.new_fixed': 0xfb_0008,
  'array.len': 0xfb_000f,
  'array.copy': 0xfb_0011,
  'ref.test': 0xfb_0014,
  'ref.cast': 0xfb_0016,
  br_on_cast: 0xfb_0018,
  br_on_cast_fail: 0xfb_0019,
  'any.convert_extern': 0xfb_001a,
  'ref.i31': 0xfb_001c,
  'i31.get_u': 0xfb_001e,
  'i32.trunc_sat_f32_s': 0xfc_0000,
  'i64.trunc_sat_f64_u': 0xfc_0007,
  'memory.init': 0xfc_0008,
  'memory.copy': 0xfc_000a,
  'memory.fill': 0xfc_000b,
  'table.init': 0xfc_000c,
  'table.grow': 0xfc_000f,
  'table.size': 0xfc_0010,
  'table.fill': 0xfc_0011,
  'i64.add128': 0xfc_0013,
  'i64.mul_wide_u': 0xfc_0016,
  'v128.load': 0xfd_0000,
  'v128.store': 0xfd_000b,
  'v128.const': 0xfd_000c,
  'i8x16.shuffle': 0xfd_000d,
  'f64x2.replace_lane': 0xfd_0022,
  'f64x2.ge': 0xfd_004c,
  'v128.bitselect': 0xfd_0052,
  'v128.any_true': 0xfd_0053,
  'v128.store64_lane': 0xfd_005b,
  'v128.load64_zero': 0xfd_005d,
  'i8x16.add_sat_s': 0xfd_006f,
  'i16x8.q15mulr_sat_s': 0xfd_0082,
  'f64x2.nearest': 0xfd_0094,
  'i32x4.dot_i16x8_s': 0xfd_00ba,
  'i64x2.eq': 0xfd_00d6,
  'f32x4.pmax': 0xfd_00eb,
  'f64x2.convert_low_i32x4_u': 0xfd_00ff,
  'i8x16.relaxed_swizzle': 0xfd_0100,
  'i32x4.relaxed_trunc_f64x2_u_zero': 0xfd_0104,
  'f64x2.relaxed_nmadd': 0xfd_0108,
  'i32x4.relaxed_dot_i8x16_i7x16_add_s': 0xfd_0113,
  'memory.atomic.notify': 0xfe_0000,
  'memory.atomic.wait64': 0xfe_0002,
  'atomic.fence': 0xfe_0003,
  'i32.atomic.load': 0xfe_0010,
  'i64.atomic.store32': 0xfe_001d,
  'i32.atomic.rmw.add': 0xfe_001e,
  'i64.atomic.rmw32.cmpxchg_u': 0xfe_004e,
  try: 0x06,
  catch: 0x07,
  rethrow: 0x09,
  delegate: 0x18,
  catch_all: 0x19,
  'cont.new': 0xe0,
  'cont.bind': 0xe1,
  suspend: 0xe2,
  resume: 0xe3,
  resume_throw: 0xe4,
  resume_throw_ref: 0xe5,
  switch: 0xe6,
}

describe('rows', () => {
  it('has the expected opcodes', () => {
    for (const [name, opcode] of Object.entries(expected)) expect([name, byName.get(name)?.opcode]).toEqual([name, opcode])
  })
  it('states its immediates in the order of the binary format', () => {
    const immediates: Record<string, string> = {
      block: 'blocktype',
      br_table: 'labels',
      call_indirect: 'typeidx tableidx',
      try_table: 'blocktype catches',
      'memory.copy': 'memidx memidx',
      'memory.init': 'dataidx memidx',
      'table.init': 'elemidx tableidx',
      'table.copy': 'tableidx tableidx',
      'struct.get': 'typeidx fieldidx',
      'array.new_fixed': 'typeidx u32',
      'array.new_data': 'typeidx dataidx',
      'array.init_elem': 'typeidx elemidx',
      br_on_cast: 'castflags labelidx heaptype heaptype',
      'v128.load8_lane': 'memarg lane',
      'i8x16.shuffle': 'lanes',
      'v128.const': 'v128',
      'atomic.fence': 'zero',
      resume: 'typeidx handlers',
      resume_throw: 'typeidx tagidx handlers',
      switch: 'typeidx tagidx',
      'ref.null': 'heaptype',
      'i32.add': '',
      'i64.const': 'i64',
      'i32.load': 'memarg',
      select: '',
    }
    for (const [name, words] of Object.entries(immediates)) expect([name, byName.get(name)!.immediates.join(' ')]).toEqual([name, words])
    expect(byOpcode(SELECT_T)!.immediates).toEqual(['valtypes'])
  })

  it('has the width that the name says', () => {
    for (const { name, width, immediates } of instructions)
      expect([name, width]).toEqual([name, immediates.includes('memarg') ? widthOf(name) : 0])
    expect(count((i) => i.width > 0)).toBe(23 + 22 + 66) // scalar, vector (with 8 of one lane), atomic without the fence
  })
  it('knows the atomic ones', () => {
    expect(count(isAtomic)).toBe(67)
  })

  it('has the type that the name says', () => {
    let checked = 0
    for (const { name, type } of instructions) {
      const wanted = typeFromName(name)
      if (wanted === undefined) continue
      checked++
      expect([name, format(type!.params), format(type!.results)]).toEqual([name, format(wanted[0]), format(wanted[1])])
    }
    expect(checked).toBeGreaterThan(400)
  })
  it('is typed unless it depends on the context', () => {
    const context =
      /^(local|global|table|memory\.(size|grow|init|copy|fill)|data|elem|struct|array\.(?!len)|br|call|return|cont|resume|ref\.(?!eq|i31)|any|extern)/
    const control = [
      'unreachable',
      'block',
      'loop',
      'if',
      'else',
      'end',
      'try',
      'catch',
      'catch_all',
      'rethrow',
      'delegate',
      'throw',
      'throw_ref',
      'try_table',
      'drop',
      'select',
      'suspend',
      'switch',
    ]
    for (const { name, type } of instructions)
      expect([name, type === undefined]).toEqual([name, context.test(name) || control.includes(name)])
  })
  it('uses only immediates that a static type leaves to be checked', () => {
    const free = ['memarg', 'lane', 'lanes', 'i32', 'i64', 'f32', 'f64', 'v128', 'zero']
    for (const { type, immediates } of instructions) if (type !== undefined) for (const kind of immediates) expect(free).toContain(kind)
  })
  it('marks the address of every access', () => {
    for (const { name, width, type } of instructions) expect([name, type?.params[0] === ADDR]).toEqual([name, width > 0])
    for (const { type } of instructions) expect([...(type?.params.slice(1) ?? []), ...(type?.results ?? [])]).not.toContain(ADDR)
  })
})

const scalars: Record<string, ValType> = { i32: I32, i64: I64, f32: F32, f64: F64, v128: V128 }
const format = (types: readonly ValType[]): string => types.map((t) => (t === ADDR ? 'addr' : formatValType(t))).join(' ')

function widthOf(name: string): number {
  if (name === 'memory.atomic.notify') return 4
  const digits = /(?:load|store|rmw|wait)(\d+)(x\d)?/.exec(name)
  // load8x8_s reads eight lanes of one byte: always half a vector.
  if (digits !== null) return digits[2] === undefined ? Number(digits[1]) / 8 : 8
  return { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 }[name.slice(0, name.indexOf('.'))]!
}

/** The type that the naming scheme implies (spec §2.4.8 and the SIMD and threads proposals), where it implies one. */
function typeFromName(name: string): [ValType[], ValType[]] | undefined {
  const dot = name.indexOf('.')
  const own = scalars[name.slice(0, dot)]
  const rest = name.slice(dot + 1)
  if (/^[if]\d+x\d+\./.test(name)) {
    const [shape, lanes] = name.slice(0, dot).split('x') as [string, string]
    const lane = Number(shape.slice(1)) < 32 ? I32 : scalars[shape]!
    expect(Number(shape.slice(1)) * Number(lanes)).toBe(128)
    if (rest === 'splat') return [[lane], [V128]]
    if (rest.startsWith('extract_lane')) return [[V128], [lane]]
    if (rest === 'replace_lane') return [[V128, lane], [V128]]
    if (/^(shl|shr)/.test(rest)) return [[V128, I32], [V128]]
    if (/^(all_true|bitmask)$/.test(rest)) return [[V128], [I32]]
    if (/madd|laneselect|_add_s$/.test(rest)) return [[V128, V128, V128], [V128]]
    const unary = /^(abs|neg|popcnt|sqrt|ceil|floor|trunc|nearest|convert|demote|promote|extend|extadd|relaxed_trunc)/.test(rest)
    return [unary ? [V128] : [V128, V128], [V128]]
  }
  if (own === undefined) return undefined
  if (rest === 'const') return [[], [own]]
  if (/^(atomic\.)?load/.test(rest)) return rest.endsWith('_lane') ? [[ADDR, V128], [V128]] : [[ADDR], [own]]
  if (/^(atomic\.)?store/.test(rest)) return [[ADDR, own], []]
  if (rest.startsWith('atomic.rmw')) return [rest.includes('cmpxchg') ? [ADDR, own, own] : [ADDR, own], [own]]
  if (own === V128 || /128|wide/.test(rest)) return undefined
  const from = /_([if](?:32|64))(_[su])?$/.exec(rest)
  if (from !== null) return [[scalars[from[1]!]!], [own]]
  if (rest === 'eqz') return [[own], [I32]]
  if (/^(eq|ne|lt|gt|le|ge)(_[su])?$/.test(rest)) return [[own, own], [I32]]
  if (/^(clz|ctz|popcnt|abs|neg|ceil|floor|trunc|nearest|sqrt|extend)/.test(rest)) return [[own], [own]]
  return [[own, own], [own]]
}
