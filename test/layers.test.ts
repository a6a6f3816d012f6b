/**
 * Guards the import directions of ARCHITECTURE.md: a folder of src/ imports only from the folders above it in the list
 * below, plus `errors.ts`. Type imports count too. A folder that is not in the list fails: decide its place first.
 */
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesUnder, repoRoot } from './helpers/files.ts'

/** The order of the table "Folders" in ARCHITECTURE.md, first = lowest. A test below compares the two. */
// oxfmt-ignore
const folders = [
  'bytes', 'spec', 'module', 'decoder', 'encoder', 'text', 'validator', 'ops', 'runtime', 'compiler', 'interp', 'embedding', 'families',
  'host', 'wasi', 'component', 'js-api', 'jsgen', 'trace', 'debug', 'snapshot', 'dwarf', 'dap', 'cli',
]

/** Faces may use Node and the packages in `dependencies`; `host/node` may use Node. Nobody but a face imports `host/node`. */
const faces = ['dap', 'cli']

const src = join(repoRoot, 'src')

interface Import {
  readonly specifier: string
  readonly line: number
}

/** Specifiers of static imports and re-exports, dynamic imports and `import('…')` types. Our own style is assumed: one statement per line start. */
function importsOf(source: string): Import[] {
  const found: Import[] = []
  const add = (specifier: string, index: number): void => {
    found.push({ specifier, line: source.slice(0, index).split('\n').length })
  }
  for (const m of source.matchAll(/^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm)) add(m[1]!, m.index + m[0].length)
  for (const m of source.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm)) add(m[1]!, m.index + m[0].length)
  for (const m of source.matchAll(/^(?!\s*(?:\*|\/\/|\/\*)).*?\bimport\(\s*['"]([^'"]+)['"]/gm)) add(m[1]!, m.index + m[0].length)
  return found
}

/** The top-level names below src/ that a file belongs to: a folder, or the file itself (`errors.ts`, `index.ts`). */
const placeOf = (path: string): string => relative(src, path).split(sep)[0]!
const isTest = (path: string): boolean => path.endsWith('.test.ts')
const isNodeHost = (path: string): boolean => relative(src, path).split(sep).slice(0, 2).join('/') === 'host/node'

/** Why this import is not allowed, or undefined when it is. `dependencies` are the package's runtime dependencies. */
function complaint(file: string, specifier: string, dependencies: readonly string[]): string | undefined {
  const from = placeOf(file)
  const relativeImport = specifier.startsWith('.')
  if (isTest(file)) {
    if (!relativeImport) return undefined
    const target = relative(repoRoot, resolve(dirname(file), specifier)).split(sep)
    const allowed = ['src', 'test', 'package.json'].includes(target[0]!)
    return allowed ? undefined : `a test in src/ may import from src/ and test/ only, not ${target[0]}/`
  }
  if (!relativeImport) {
    if (specifier.startsWith('node:')) {
      return faces.includes(from) || isNodeHost(file) ? undefined : 'node:* only in host/node, cli, dap'
    }
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/')
    if (!faces.includes(from)) return `the engine has no dependencies: ${name} only in ${faces.join(', ')}`
    return dependencies.includes(name) ? undefined : `${name} is not in "dependencies"`
  }
  const path = resolve(dirname(file), specifier)
  if (!specifier.endsWith('.ts')) return 'relative imports name the .ts file'
  const target = relative(src, path)
  if (target.startsWith('..')) return 'outside src/'
  if (isTest(path)) return 'source does not import tests'
  const to = placeOf(path)
  if (to === 'errors.ts') return undefined
  if (from === 'errors.ts') return 'errors.ts imports nothing'
  if (isNodeHost(path) && !isNodeHost(file) && !faces.includes(from)) return 'host/node is imported by faces only'
  if (from === 'index.ts' || from === 'core.ts') {
    return faces.includes(to) ? 'the core entry does not export a face' : undefined
  }
  if (to === 'core.ts' && from === 'index.ts') return undefined
  if (to === 'index.ts') return faces.includes(from) ? undefined : 'src/index.ts is for users and faces; import the file that defines it'
  const a = folders.indexOf(from)
  const b = folders.indexOf(to)
  if (a < 0) return `src/${from} has no place in the order of folders`
  if (b < 0) return `src/${to} has no place in the order of folders`
  return b <= a ? undefined : `${from} is below ${to}`
}

const sources = filesUnder(src, '.ts')
const packageJson = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> }
const dependencies = Object.keys(packageJson.dependencies ?? {})

describe('layers', () => {
  test('every import in src/ points the right way', () => {
    const wrong: string[] = []
    for (const file of sources) {
      for (const { specifier, line } of importsOf(readFileSync(file, 'utf8'))) {
        const why = complaint(file, specifier, dependencies)
        if (why !== undefined) wrong.push(`${relative(repoRoot, file)}:${line} imports ${specifier}: ${why}`)
      }
    }
    expect(wrong).toEqual([])
  })

  test.each(['index.ts', 'core.ts'])('src/%s only re-exports: it is public API', (name) => {
    const text = readFileSync(join(src, name), 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/^\s*\/\/.*$/gm, '')
    const rest = text
      .replace("import './families/all.ts'", '')
      .replace(/export\s+(?:type\s+)?(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s+'[^']+'\s*;?/g, '')
      .trim()
    expect(rest).toBe('')
  })

  test('the order of folders is the one of ARCHITECTURE.md', () => {
    const text = readFileSync(join(repoRoot, 'ARCHITECTURE.md'), 'utf8')
    const rows = text.split('\n').filter((line) => line.startsWith('| `src/'))
    const listed = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`src\/([a-z-]+)\/`/g)].map((m) => m[1]!))
    expect(listed).toEqual(folders)
  })
})

// The guard itself: it must be able to find what it looks for.
describe('the guard', () => {
  const at = (path: string): string => join(src, path)
  const ok = (file: string, specifier: string): void => expect(complaint(at(file), specifier, ['citty'])).toBeUndefined()
  const bad = (file: string, specifier: string, why: RegExp): void => expect(complaint(at(file), specifier, ['citty'])).toMatch(why)

  test('reads every form of import', () => {
    const source = [
      "import a from './a.ts'",
      "import type { B } from './b.ts'",
      'import {\n  c,\n  d,\n} from "./c.ts"',
      "import './e.ts'",
      "export * from './f.ts'",
      "export { g, type H } from './g.ts'",
      "const x = await import('./h.ts')",
      "type I = import('./i.ts').I",
      " * for example import('./not.ts')",
      "// import('./not.ts')",
    ].join('\n')
    const found = importsOf(source)
    expect(found.map((i) => i.specifier)).toEqual(['./a.ts', './b.ts', './c.ts', './f.ts', './g.ts', './e.ts', './h.ts', './i.ts'])
    expect(found[2]!.line).toBe(6)
  })

  test('knows the directions', () => {
    ok('decoder/x.ts', '../bytes/reader.ts')
    ok('decoder/sections/x.ts', '../reader.ts')
    ok('bytes/x.ts', '../errors.ts')
    bad('bytes/x.ts', '../decoder/x.ts', /bytes is below decoder/)
    bad('validator/x.ts', '../runtime/memory.ts', /below/)
    bad('trace/x.ts', '../debug/x.ts', /below/)
    bad('errors.ts', './bytes/reader.ts', /imports nothing/)
    bad('wasi/x.ts', '../index.ts', /for users and faces/)
    bad('wasi/x.ts', '../../test/x.ts', /outside/)
    bad('novel/x.ts', '../bytes/reader.ts', /no place/)
    bad('cli/x.ts', '../novel/x.ts', /no place/)
    bad('interp/x.ts', './y.test.ts', /tests/)
    bad('interp/x.ts', './y.js', /name the .ts file/)
  })

  test('keeps Node and packages out of the core', () => {
    ok('host/node/fs.ts', 'node:fs')
    ok('cli/main.ts', 'node:fs')
    ok('cli/main.ts', 'citty')
    ok('cli/main.ts', '../host/node/index.ts')
    ok('host/node/a.ts', './b.ts')
    ok('interp/x.test.ts', 'node:fs')
    bad('host/fs.ts', 'node:fs', /node:\* only/)
    bad('host/fs.ts', './node/index.ts', /faces only/)
    bad('wasi/run.ts', '../host/node/index.ts', /faces only/)
    bad('index.ts', './host/node/index.ts', /faces only/)
    bad('index.ts', './cli/main.ts', /face/)
    bad('interp/x.ts', 'long', /no dependencies/)
    bad('cli/x.ts', 'yargs', /not in "dependencies"/)
    bad('interp/x.test.ts', '../../spec-tests/run.ts', /test in src/)
  })
})
