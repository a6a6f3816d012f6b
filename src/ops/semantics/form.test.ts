/** The rules of form of index.ts, which the generator relies on, and completeness against the instruction table. */
import { buildSync } from 'esbuild'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { instructions } from '../../spec/instructions.ts'
import { F32, F64, I32, I64, type ValType } from '../../spec/types.ts'
import * as joined from './index.ts'
import { trapMessages } from './trap.ts'
import * as wide from './wide.ts'

// vitest rewrites the imports inside function bodies, so the texts are taken from what esbuild makes of the sources.
const bundle = buildSync({
  entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
  bundle: true,
  format: 'esm',
  write: false,
})
const built: typeof joined = await import(`data:text/javascript,${encodeURIComponent(bundle.outputFiles[0]!.text)}`)

const reserved = ['R', 'F', 'S', 'M', 'code', 'pc', 'fp', 'fd', 'd', 'e', 'status', 'ticks', 'T', 'refs', 'globals']
const free = ['Math', 'trap', ...Object.keys(wide)]
const all = { ...built.values, ...built.predicates, ...built.bits }
const featureNames = ['mvp', 'sign-extension', 'saturating-float-to-int']
const widths = new Map<ValType, number>([
  [I32, 1],
  [I64, 2],
  [F32, 1],
  [F64, 1],
])
const numeric = instructions.filter(
  (row) =>
    featureNames.includes(row.feature) &&
    row.immediates.length === 0 &&
    row.type !== undefined &&
    row.type.params.length > 0 &&
    [...row.type.params, ...row.type.results].every((type) => widths.has(type)),
)

/** A function's parameters, statements and result expression. */
function parts(name: string): { params: string[]; statements: string; result: string } {
  const text = all[name]!.toString()
  const match = /^\(([\w, ]*)\) => ([^]*)$/.exec(text)
  if (match === null) throw new Error(`${name} is not an arrow function with plain parameters: ${text}`)
  const params = match[1]!.split(', ')
  const body = match[2]!
  if (!body.startsWith('{')) return { params, statements: '', result: body }
  const block = /^\{([^]*)\breturn ([^;]*);\s*\}$/.exec(body)
  if (block === null) throw new Error(`${name} does not end with its return: ${text}`)
  return { params, statements: block[1]!, result: block[2]! }
}
/** Identifiers without property names (Math.imul counts as Math), numbers (0x7f, 2e-10) and texts. */
function identifiers(text: string): string[] {
  return (
    text
      .replace(/"[^"]*"/g, '')
      .replace(/\.\w+/g, '')
      .match(/(?<!\w)[A-Za-z_]\w*/g) ?? []
  )
}

describe('semantics', () => {
  it('covers every numeric instruction exactly once, and nothing else', () => {
    const names = [...Object.keys(joined.values), ...Object.keys(joined.predicates), ...Object.keys(joined.bits)]
    expect(names.sort()).toEqual(numeric.map((row) => row.name).sort())
  })

  it('has a predicate exactly for what compares or tests', () => {
    const expected = numeric.map((row) => row.name).filter((name) => /^\w+\.(eqz|eq|ne|lt|gt|le|ge)(_[su])?$/.test(name))
    expect(Object.keys(joined.predicates).sort()).toEqual(expected.sort())
  })

  it.each(numeric.map((row) => row.name))('%s keeps the rules of form', (name) => {
    const row = numeric.find((r) => r.name === name)!
    const { params, statements, result } = parts(name)
    expect(statements + result).not.toMatch(/=>|\b(return|function|this|for|while|continue|break|let|var)\b/)
    for (const statement of statements
      .split(';')
      .map((s) => s.trim())
      .filter((s) => s !== '')) {
      expect(statement).toMatch(/^(const \w+ = [^]+|if \([^]+\) trap\("[^"]+"\)|if \([^]+\)\n\s*trap\("[^"]+"\))$/)
    }
    for (const [, message] of statements.matchAll(/trap\("([^"]*)"\)/g)) expect(trapMessages).toContain(message)
    const locals = [...statements.matchAll(/const (\w+)/g)].map((match) => match[1]!)
    for (const local of [...params, ...locals]) expect(reserved).not.toContain(local)
    const known = [...params, ...locals, ...free, 'const', 'if']
    for (const identifier of identifiers(statements + result)) expect(known).toContain(identifier)

    // Operand and result shapes follow the instruction's type; on bits an f64 has halves too.
    const halves = (type: ValType): number => (type === F64 && name in joined.bits ? 2 : widths.get(type)!)
    const slots = row.type!.params.flatMap((type, i) => (halves(type) === 2 ? [`${'ab'[i]}l`, `${'ab'[i]}h`] : ['ab'[i]!]))
    // Trailing halves may be left out where nothing depends on them; an unused one in the middle starts with _.
    expect(params.map((param) => param.replace(/^_/, ''))).toEqual(slots.slice(0, params.length))
    expect(result.startsWith('[')).toBe(halves(row.type!.results[0]!) === 2)
  })
})
