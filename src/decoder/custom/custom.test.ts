/** Readers of custom sections: values, errors with their places, and thousands of wrong bytes. */
import { describe, expect, it, test } from 'vitest'
import { MalformedError } from '../../errors.ts'
import type { Module } from '../../module/module.ts'
import { decode } from '../decode.ts'
import {
  customSections,
  readBranchHints,
  readBuildId,
  readCodeMetadata,
  readCustomSection,
  readDylink,
  readExternalDebugInfo,
  readLinking,
  readNames,
  readProducers,
  readRelocations,
  readSourceMappingURL,
  readTargetFeatures,
} from './index.ts'

const text = (s: string): number[] => {
  const bytes = new TextEncoder().encode(s)
  return [bytes.length, ...bytes]
}
const sized = (id: number, ...contents: number[]): number[] => [id, contents.length, ...contents]
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
/**
 * Imports function 0 (env.log) and global 0 (env.base); defines function 1: `(local i32) i32.const 1 if end` and a custom section at
 * the end. The body begins at BODY.
 */
const CORE = [
  ...sized(1, 1, 0x60, 0, 0),
  ...sized(2, 2, ...text('env'), ...text('log'), 0, 0, ...text('env'), ...text('base'), 3, 0x7f, 0),
  ...sized(3, 1, 0),
  ...sized(10, 1, 9, 1, 1, 0x7f, 0x41, 1, 0x04, 0x40, 0x0b, 0x0b),
]
const BODY = HEADER.length + CORE.length - 9
const sectionBytes = (name: string, contents: readonly number[]): number[] => {
  const payload = [...text(name), ...contents]
  return payload.length < 0x80 ? sized(0, ...payload) : [0, (payload.length & 0x7f) | 0x80, payload.length >> 7, ...payload]
}
const moduleOf = (name: string, contents: readonly number[]): Module =>
  decode(Uint8Array.from([...HEADER, ...CORE, ...sectionBytes(name, contents)]))

const samples: Record<string, readonly number[]> = {
  name: [
    ...sized(0, ...text('app')),
    ...sized(1, 2, 0, ...text('log'), 1, ...text('main')),
    ...sized(2, 1, 1, 1, 0, ...text('x')),
    ...sized(3, 1, 1, 1, 0, ...text('top')),
    ...sized(4, 1, 0, ...text('t')),
    ...sized(5, 0),
    ...sized(7, 1, 0, ...text('base')),
    ...sized(10, 1, 0, 1, 2, ...text('field')),
    // A later extension.
    ...sized(99, 1, 2, 3),
  ],
  producers: [2, ...text('language'), 1, ...text('C11'), ...text(''), ...text('processed-by'), 1, ...text('clang'), ...text('21.1.4')],
  target_features: [2, 0x2b, ...text('simd128'), 0x2d, ...text('atomics')],
  build_id: [4, 0xde, 0xad, 0xbe, 0xff],
  sourceMappingURL: text('./app.wasm.map'),
  external_debug_info: text('app.debug.wasm'),
  'metadata.code.branch_hint': [1, 1, 1, 5, 1, 1],
  'metadata.code.trace_inst': [1, 1, 2, 3, 1, 7, 5, 2, 0x80, 1],
  linking: [
    2,
    ...sized(
      8,
      6,
      // An undefined function, named by its import; one with a name of its own; a defined, exported, hidden one.
      ...[0, 0x10, 0, 0, 0x50, 0, ...text('renamed'), 0, 0x24, 1, ...text('main')],
      // Weak data in segment 0 at 8, 16 bytes; undefined data.
      ...[1, 0x01, ...text('table'), 0, 8, 16, 1, 0x10, ...text('errno')],
      // The code section.
      ...[3, 0x02, 3],
    ),
    ...sized(5, 1, ...text('.rodata'), 4, 1),
    ...sized(6, 1, 42, 2),
    ...sized(7, 1, ...text('group'), 0, 2, 0, 0, 1, 1),
  ],
  'reloc.CODE': [3, 3, 0, 4, 0, 6, 9, 0, 3, 12, 3, 0x7c],
  'dylink.0': [
    ...sized(1, 0x80, 8, 4, 2, 0),
    ...sized(2, 1, ...text('libc.so')),
    ...sized(3, 1, ...text('main'), 1),
    ...sized(4, 1, ...text('env'), ...text('x'), 0x10),
    ...sized(5, 1, ...text('$ORIGIN')),
  ],
}

describe('reads', () => {
  it('producers', () => {
    expect(readProducers(moduleOf('producers', samples['producers']!))).toEqual({
      fields: [
        { name: 'language', values: [{ name: 'C11', version: '' }] },
        { name: 'processed-by', values: [{ name: 'clang', version: '21.1.4' }] },
      ],
    })
  })
  it('target features', () => {
    expect(readTargetFeatures(moduleOf('target_features', samples['target_features']!))).toEqual([
      { prefix: '+', name: 'simd128' },
      { prefix: '-', name: 'atomics' },
    ])
  })
  it('build id and URLs', () => {
    expect([...readBuildId(moduleOf('build_id', samples['build_id']!))!]).toEqual([0xde, 0xad, 0xbe, 0xff])
    expect(readSourceMappingURL(moduleOf('sourceMappingURL', samples['sourceMappingURL']!))).toBe('./app.wasm.map')
    expect(readExternalDebugInfo(moduleOf('external_debug_info', samples['external_debug_info']!))).toBe('app.debug.wasm')
  })
  it('code metadata, with the place of a branch hint in the file', () => {
    const module = moduleOf('metadata.code.branch_hint', samples['metadata.code.branch_hint']!)
    expect(readBranchHints(module)).toEqual([{ funcidx: 1, position: 5, offset: BODY + 5, likely: true }])
    // The `if` itself.
    expect(module.bytes[BODY + 5]).toBe(0x04)
    const trace = readCodeMetadata(moduleOf('metadata.code.trace_inst', samples['metadata.code.trace_inst']!), 'trace_inst')
    expect(trace).toEqual({
      type: 'trace_inst',
      functions: [
        {
          funcidx: 1,
          items: [
            { position: 3, data: Uint8Array.of(7) },
            { position: 5, data: Uint8Array.of(0x80, 1) },
          ],
        },
      ],
    })
  })
  it('the symbols of an object file', () => {
    const linking = readLinking(moduleOf('linking', samples['linking']!))!
    const shown = linking.symbols.map((s) => [s.kind, s.name, s.index, s.offset, s.size, s.binding, s.undefined, s.exported, s.hidden])
    expect(shown).toEqual([
      ['function', 'log', 0, undefined, undefined, 'global', true, false, false],
      ['function', 'renamed', 0, undefined, undefined, 'global', true, false, false],
      ['function', 'main', 1, undefined, undefined, 'global', false, true, true],
      ['data', 'table', 0, 8, 16, 'weak', false, false, false],
      ['data', 'errno', undefined, undefined, undefined, 'global', true, false, false],
      ['section', undefined, 3, undefined, undefined, 'local', false, false, false],
    ])
    expect(linking.segments).toEqual([{ name: '.rodata', alignment: 4, flags: 1 }])
    expect(linking.initFuncs).toEqual([{ priority: 42, symbol: 2 }])
    expect(linking.comdats).toEqual([
      {
        name: 'group',
        flags: 0,
        entries: [
          { kind: 'data', index: 0 },
          { kind: 'function', index: 1 },
        ],
      },
    ])
  })
  it('relocations', () => {
    expect(readRelocations(moduleOf('reloc.CODE', samples['reloc.CODE']!))).toEqual([
      {
        section: 3,
        entries: [
          { type: 'FUNCTION_INDEX_LEB', offset: 4, index: 0, addend: undefined },
          { type: 'TYPE_INDEX_LEB', offset: 9, index: 0, addend: undefined },
          { type: 'MEMORY_ADDR_LEB', offset: 12, index: 3, addend: -4 },
        ],
      },
    ])
  })
  it('what a dynamic library needs', () => {
    expect(readDylink(moduleOf('dylink.0', samples['dylink.0']!))).toEqual({
      memorySize: 1024,
      memoryAlignment: 4,
      tableSize: 2,
      tableAlignment: 0,
      needed: ['libc.so'],
      exports: [{ name: 'main', flags: 1 }],
      imports: [{ module: 'env', name: 'x', flags: 16 }],
      runtimePath: ['$ORIGIN'],
    })
  })
  it('names, with what only exports and imports say told apart', () => {
    const names = readNames(moduleOf('name', samples['name']!))
    expect([names.module, names.namedFuncs, names.problems]).toEqual(['app', 2, []])
    expect(names.labels.get(1)!.get(0)).toBe('top')
    expect(names.fields.get(0)!.get(2)).toBe('field')
    expect(readNames(moduleOf('other', [])).namedFuncs).toBe(0)
  })
  it('nothing where there is nothing, and takes compiled modules', () => {
    const data = moduleOf('other', [1, 2, 3])
    const source = { data }
    expect([readProducers(source), readTargetFeatures(source), readBuildId(source), readLinking(source), readDylink(source)]).toEqual(
      new Array(5).fill(undefined),
    )
    expect([readSourceMappingURL(source), readExternalDebugInfo(source), readBranchHints(source), readCodeMetadata(source, 'x')]).toEqual(
      new Array(4).fill(undefined),
    )
    expect(readRelocations(source)).toEqual([])
    expect(customSections(source).map((s) => [s.name, [...s.bytes]])).toEqual([['other', [1, 2, 3]]])
    expect(readCustomSection(source, data.customs[0]!)).toBeUndefined()
  })
})

describe('ill-formed sections', () => {
  const offsetOf = (name: string): number => HEADER.length + CORE.length + 2 + text(name).length

  test.each([
    ['target_features', [1, 0x21, ...text('x')], 'malformed feature prefix 0x21', 1],
    ['producers', [0, 1], 'unexpected content after the end of the producers section', 1],
    ['build_id', [5, 1], 'length out of bounds', 0],
    ['sourceMappingURL', [1, 0xff], 'malformed UTF-8 encoding', 1],
    ['metadata.code.branch_hint', [1, 1, 1, 4, 1, 2], 'malformed branch hint', 5],
    ['metadata.code.branch_hint', [1, 1, 1, 4, 2, 1, 1], 'malformed branch hint', 5],
    ['metadata.code.x', [2, 1, 0, 1, 0], 'function index 1 does not come after 1', 3],
    ['metadata.code.x', [1, 1, 2, 4, 0, 4, 0], 'position 4 does not come after 4', 5],
    ['linking', [1], 'linking version 1 is not known', 0],
    ['linking', [2, ...sized(8, 1, 9, 0)], 'malformed symbol kind', 4],
    ['linking', [2, ...sized(7, 1, 0, 0, 1, 6, 0)], 'malformed comdat kind', 7],
    ['linking', [2, ...sized(6, 0, 0)], 'unexpected content after the end of subsection 6', 4],
    ['reloc.X', [0, 1, 99, 0, 0], 'relocation type 99 is not known', 2],
    ['dylink.0', [1, 9, 0], 'length out of bounds', 1],
    ['name', [...sized(1, 1, 0, 1, 0xff)], 'malformed UTF-8 encoding', 5],
    ['name', [...sized(1, 0, 0)], 'unexpected content after the end of name subsection 1', 3],
  ] as const)('%s: %j', (name, contents, message, at) => {
    const module = moduleOf(name, contents)
    try {
      readCustomSection(module, module.customs[0]!)
      expect.unreachable()
    } catch (e) {
      expect(e).toBeInstanceOf(MalformedError)
      expect((e as Error).message).toContain(message)
      expect((e as MalformedError).offset).toBe(offsetOf(name) + at)
    }
  })

  /** Reads a section of whatever bytes; MalformedError with an offset inside the section is the only way not to get a value. */
  function readable(name: string, contents: readonly number[]): boolean {
    const module = moduleOf(name, contents)
    const section = module.customs[0]!
    try {
      readCustomSection(module, section)
      return true
    } catch (e) {
      if (!(e instanceof MalformedError)) throw e
      expect(e.offset).toBeGreaterThanOrEqual(section.offset)
      expect(e.offset).toBeLessThanOrEqual(section.offset + section.bytes.length)
      return false
    }
  }

  test.each(Object.keys(samples))('%s cut at any byte', (name) => {
    const whole = samples[name]!
    expect(readable(name, whole)).toBe(true)
    for (let n = 0; n < whole.length; n++) readable(name, whole.slice(0, n))
    // Sequences of subsections may end anywhere between two of them; nothing else may end early.
    if (!['name', 'linking', 'dylink.0'].includes(name)) expect(readable(name, whole.slice(0, -1))).toBe(false)
  })

  test.each(Object.keys(samples))('%s with wrong bytes', (name) => {
    let seed = 1
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
      return Math.floor((seed / 2 ** 32) * n)
    }
    const whole = samples[name]!
    for (let round = 0; round < 2000; round++) {
      const bytes = [...whole]
      for (let k = 0; k <= random(3); k++) {
        const at = random(bytes.length + 1)
        if (random(2) === 0) bytes[Math.min(at, bytes.length - 1)] = random(256)
        else bytes.splice(at, random(2), ...(random(4) === 0 ? [0xff, 0xff, 0xff, 0xff, 0x0f] : [random(256)]))
      }
      readable(name, bytes)
    }
  })

  it('never spoil the module: it still decodes, and names fall back', () => {
    const module = moduleOf('name', [1, 0x7f])
    expect(readNames(module).problems.map((e) => e.message)).toEqual(['length out of bounds'])
    expect(readNames(module).funcs.get(0)).toBe('env.log')
  })
})
