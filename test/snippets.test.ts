/**
 * The code in the documents works. In README.md and docs/, a TypeScript block opened with "```ts run" is type-checked and
 * executed, one opened with "```ts check" is type-checked only. Where a line of a `run` block ends in `// → text`, the
 * block must print exactly these texts, a line each. `vitrine`, `vitrine/wasi`, … mean this repository's sources.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesUnder, repoRoot } from './helpers/files.ts'
import { type Snippet, snippetsOf } from './helpers/snippets.ts'

/** `exports` of package.json as TypeScript `paths` that lead to the sources. */
function sourcePaths(): Record<string, string[]> {
  const manifest = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, { default?: string }>
  }
  const paths: Record<string, string[]> = {}
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (target.default === undefined) continue
    paths[manifest.name + subpath.slice(1)] = [join(repoRoot, target.default.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'))]
  }
  return paths
}

const exec = promisify(execFile)
let dir = ''
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'vitrine-snippets-'))
})
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})

/** Type-checks and perhaps runs a snippet; returns what it printed. Rejects with the compiler's or the program's words. */
async function execute(snippet: Snippet): Promise<string> {
  const file = join(dir, `${snippet.place.replace(/\W/g, '_')}.mts`)
  const config = join(dir, `${snippet.place.replace(/\W/g, '_')}.json`)
  writeFileSync(file, snippet.code)
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(repoRoot, 'tsconfig.json'),
      compilerOptions: {
        noEmit: true,
        rootDir: '/',
        isolatedDeclarations: false,
        declaration: false,
        noUnusedLocals: false,
        rewriteRelativeImportExtensions: false,
        allowImportingTsExtensions: true,
        typeRoots: [join(repoRoot, 'node_modules/@types')],
        paths: sourcePaths(),
      },
      include: [],
      files: [file],
    }),
  )
  const node = async (...args: string[]): Promise<string> => (await exec(process.execPath, args, { cwd: repoRoot, timeout: 60_000 })).stdout
  const bin = (name: string, path: string): string => join(repoRoot, 'node_modules', name, path)
  try {
    await node(bin('typescript', 'bin/tsc'), '-p', config)
    return snippet.mode === 'run' ? await node(bin('tsx', 'dist/cli.mjs'), '--tsconfig', config, file) : ''
  } catch (e) {
    const { stdout, stderr } = e as { stdout?: string; stderr?: string }
    throw new Error(`${snippet.place} does not ${snippet.mode}:\n${stdout ?? ''}${stderr ?? ''}`, { cause: e })
  }
}

const documents = [join(repoRoot, 'README.md'), ...(existsSync(join(repoRoot, 'docs')) ? filesUnder(join(repoRoot, 'docs'), '.md') : [])]
const snippets = documents.flatMap((path) => snippetsOf(readFileSync(path, 'utf8'), relative(repoRoot, path)))

describe.runIf(snippets.length > 0)('code in the documents', () => {
  test.each(snippets)('$place ($mode)', async (snippet) => {
    const printed = await execute(snippet)
    if (snippet.prints !== undefined) expect(printed.trimEnd()).toBe(snippet.prints)
  })
})

describe('the harness', () => {
  const one = (mode: string, code: string): Snippet => snippetsOf(`text\n\n\`\`\`ts ${mode}\n${code}\n\`\`\`\n`, 'example.md')[0]!

  test('finds blocks and what they print', () => {
    expect(one('run', 'console.log(1) // → 1\nconsole.log(2) // → 2')).toEqual({
      place: 'example.md:3',
      mode: 'run',
      code: 'console.log(1) // → 1\nconsole.log(2) // → 2\n',
      prints: '1\n2',
    })
    expect(snippetsOf('```ts\nlet x\n```\n```sh\nls\n```\n', 'x')).toEqual([])
  })

  test('runs the sources under the package’s name', async () => {
    const code = "import { readFileSync } from 'node:fs'\nconst a: number = readFileSync('package.json').length\nconsole.log(a > 10)"
    expect(await execute(one('run', code))).toBe('true\n')
  })

  test('rejects a type error and a failing program', async () => {
    await expect(execute(one('check', "export const a: number = 'x'"))).rejects.toThrow(/not assignable/)
    await expect(execute(one('run', "throw new Error('broken example')"))).rejects.toThrow(/broken example/)
  })
})
