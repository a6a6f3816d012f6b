/**
 * Text printed here, flat and folded, for every valid module of the official test suite: WABT, Binaryen and wasm-tools
 * accept it wherever they know the features, and what they read is the module that was printed. Real modules:
 * printed.long.test.ts. The comparison is that of same-module.ts, after what WABT writes in another way (`forWabt`); Binaryen
 * rewrites what it reads, so of that only validity is checked. Ends with a table: modules by feature and tool.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { findSuite, readScript, scriptsBelow } from '../../spec-tests/suite.ts'
import { decode } from '../../src/decoder/decode.ts'
import { InstructionReader } from '../../src/decoder/instruction-reader.ts'
import { InstructionWriter } from '../../src/encoder/instruction-writer.ts'
import type { ElemSegment, Expr, FuncBody, Module } from '../../src/module/module.ts'
import { featuresUsed } from '../../src/cli/features.ts'
import { type Feature, allFeatures, features } from '../../src/spec/features.ts'
import { HEAP_FUNC, refType } from '../../src/spec/types.ts'
import { printModule } from '../../src/text/index.ts'
import { validate } from '../../src/validator/validate.ts'
import { install } from './modules.ts'
import { firstDifference } from './same-module.ts'
import { type TextTool, binaryen, wabt, wasmTools } from './tools.ts'

/** Features that a tool knows not at all or in part. At least one module with each must be refused, else it leaves the list. */
const unknown: Readonly<Record<string, readonly Feature[]>> = {
  wabt: ['function-references', 'gc', 'stack-switching', 'custom-page-sizes', 'wide-arithmetic'],
  binaryen: [],
  'wasm-tools': [],
}

/** What a tool refuses though it knows the features: the reason, its error, and how many texts. Fewer or more fail the test. */
interface Exception {
  readonly tool: string
  readonly error: RegExp
  /** Only modules with this feature. */
  readonly using?: Feature
  readonly texts: number
  readonly why: string
}
const exceptions: readonly Exception[] = [
  { tool: 'wabt', error: /unexpected token "?\$"/, texts: 10, why: 'identifiers in quotes are newer than it' },
  {
    tool: 'wabt',
    error: /^(?:datas differ|section size mismatch: the data section|illegal opcode)/,
    using: 'multi-memory',
    texts: 46,
    why: 'its binding writes without the feature, and so leaves the memory of data segments out',
  },
  { tool: 'binaryen', error: /elem \$e does not exist/, texts: 2, why: 'it forgets declarative segments, which instructions may name' },
  { tool: 'binaryen', error: /expected end of table declaration/, texts: 1, why: 'it reads one instruction as initialiser of a table' },
  {
    tool: 'binaryen',
    error: /found contref/,
    using: 'stack-switching',
    texts: 4,
    why: 'it keeps a continuation in a local of type contref, which is too wide for its use',
  },
  { tool: 'wasm-tools', error: /snippet: "\s+\(do"/, texts: 5, why: 'it reads the first exceptions proposal only unfolded' },
]

const forms = ['flat', 'folded'] as const

// What WABT writes in another way

/** An `else` without instructions is left out, and elements that are all functions become a list of their indices. */
function forWabt(m: Module): Module {
  return {
    ...m,
    code: m.code.map((body): FuncBody => ({ ...body, ...withoutEmptyElse(body) })),
    elems: m.elems.map(indexList),
  }
}

function withoutEmptyElse(body: Expr): Expr {
  const r = new InstructionReader(body.bytes, body.start, body.end)
  const w = new InstructionWriter(body.end - body.start)
  let from = body.start
  let before = ''
  let at = 0
  while (r.next()) {
    const { name } = r.instruction
    if (before === 'else' && name === 'end') {
      w.raw(body.bytes.subarray(from, at))
      from = r.at
    }
    before = name
    at = r.at
  }
  w.raw(body.bytes.subarray(from, body.end))
  return { bytes: w.bytes, start: 0, end: w.length }
}

function indexList(elem: ElemSegment): ElemSegment {
  const { exprs } = elem
  if (exprs === undefined) return elem
  const funcs: number[] = []
  for (const { bytes, start, end } of exprs) {
    const r = new InstructionReader(bytes, start, end)
    r.next()
    if (r.instruction.name !== 'ref.func') return elem
    funcs.push(r.index)
  }
  return { ...elem, type: refType(false, HEAP_FUNC), funcs, exprs: undefined }
}

/** Why the tool's reading of a text is not the module; undefined if it is. */
async function complaint(tool: TextTool, module: Module, form: (typeof forms)[number]): Promise<string | undefined> {
  try {
    const back = decode(await tool.parse(printModule(module, { folded: form === 'folded' })), { features: allFeatures })
    if (tool.name === 'binaryen') validate(back, allFeatures)
    else if (tool.name === 'wabt') return firstDifference(forWabt(module), forWabt(back))
    else return firstDifference(module, back)
    return undefined
  } catch (e) {
    return e instanceof Error ? e.message : String(e)
  }
}

/** Modules of the suite with a feature, and what came of their texts. */
interface Count {
  modules: number
  same: number
  excepted: number
  unknown: number
}

const problem =
  install() ??
  (() => {
    const suite = findSuite()
    return 'missing' in suite ? suite.missing : undefined
  })()
if (problem !== undefined) console.warn(`NOT RUN: our text of the suite's modules in other tools, because ${problem}`)

describe.skipIf(problem !== undefined)('our text of the suite in other tools', () => {
  const tools = new Map<string, TextTool>()
  beforeAll(async () => {
    for (const tool of [wabt(false), await binaryen(), await wasmTools()]) tools.set(tool.name, tool)
  })
  const suite = findSuite()
  const table = new Map<Feature, Map<string, Count>>()

  test.each(Object.keys(unknown))('%s', async (name) => {
    const tool = tools.get(name)!
    const excused = new Map<Exception, number>()
    const refused = new Set<Feature>()
    const wrong: string[] = []
    for (const target of scriptsBelow('root' in suite ? suite.root : '')) {
      const script = readScript(target)
      for (const command of script.commands) {
        if (command.kind !== 'module') continue
        const { module: compiled } = script.load(command)
        if (compiled === undefined) continue
        const used = new Set(featuresUsed(compiled.data))
        // Names are enough of the custom sections: see printed.long.test.ts.
        const module = { ...compiled.data, customs: compiled.data.customs.filter((c) => c.name === 'name') }
        const strange = unknown[name]!.filter((feature) => used.has(feature))
        for (const form of forms) {
          const said = await complaint(tool, module, form)
          const exception =
            said === undefined || strange.length > 0
              ? undefined
              : exceptions.find((e) => e.tool === name && e.error.test(said) && (e.using === undefined || used.has(e.using)))
          if (said !== undefined) {
            for (const feature of strange) refused.add(feature)
            if (exception !== undefined) excused.set(exception, (excused.get(exception) ?? 0) + 1)
            else if (strange.length === 0) wrong.push(`${target.name}:${command.line}, ${form}: ${said.slice(0, 300)}`)
          }
          for (const feature of used) {
            const row = table.get(feature) ?? new Map<string, Count>()
            table.set(feature, row)
            const count = row.get(name) ?? { modules: 0, same: 0, excepted: 0, unknown: 0 }
            row.set(name, count)
            count.modules++
            if (said === undefined) count.same++
            else if (exception !== undefined) count.excepted++
            else if (strange.length > 0) count.unknown++
          }
        }
      }
    }
    expect(wrong).toEqual([])
    expect([...refused].sort()).toEqual([...unknown[name]!].sort())
    for (const e of exceptions.filter((it) => it.tool === name)) expect(excused.get(e) ?? 0, `${name}: ${e.error}: ${e.why}`).toBe(e.texts)
  })

  test('the table', () => {
    const lines = ['| feature | texts | wabt | binaryen | wasm-tools |', '|---|---|---|---|---|']
    for (const { name } of features) {
      const row = table.get(name)
      if (row === undefined) continue
      const cell = (tool: string): string => {
        const { same, excepted, unknown: strange } = row.get(tool)!
        return [`${same}`, ...(excepted > 0 ? [`${excepted} excepted`] : []), ...(strange > 0 ? [`${strange} unknown`] : [])].join(', ')
      }
      lines.push(`| ${name} | ${row.get('wabt')!.modules} | ${Object.keys(unknown).map(cell).join(' | ')} |`)
    }
    console.log(lines.join('\n'))
  })
})
