/**
 * What `npm pack` makes, installed into an empty project: every entry point can be imported, strict TypeScript takes its
 * types (with and without those of Node, as NodeNext and as a bundler), the command runs, the classic scripts install, and
 * the code in README and in the documents about the JS API does what it says. Needs `dist/`. Run by `npm run check:package`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repoRoot } from '../test/helpers/files.ts'
import { snippetsOf } from '../test/helpers/snippets.ts'

const manifest = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as { name: string; exports: Record<string, unknown> }
/** `vitrine`, `vitrine/wasi`, …: what is code. */
const entries = Object.keys(manifest.exports)
  .filter((path) => !path.endsWith('.json'))
  .map((path) => manifest.name + path.slice(1))
/** Entries that only Node has. */
const ofNode = new Set([`${manifest.name}/node`])
/** They do something when they are imported, and export nothing: families of features, and what installs the JS API. */
const isScript = (entry: string): boolean =>
  /dist\/families\/|auto|force/.test(JSON.stringify(manifest.exports[`.${entry.slice(manifest.name.length)}`]))

const project = mkdtempSync(join(tmpdir(), 'vitrine-install-'))
const npm = (...args: string[]): string =>
  execFileSync('npm', args, { cwd: project, encoding: 'utf8', shell: process.platform === 'win32', stdio: ['ignore', 'pipe', 'inherit'] })
const node = (...args: string[]): string =>
  execFileSync(process.execPath, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
const write = (path: string, text: string): void => writeFileSync(join(project, path), text)

let failures = 0
let checks = 0
function check(what: string, body: () => void): void {
  checks++
  try {
    body()
  } catch (error) {
    failures++
    const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string }
    console.error(`${what}: ${message}\n${stdout}${stderr}`)
  }
}
function equal(got: string, wanted: string): void {
  if (got !== wanted) throw new Error(`got ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`)
}

/** Compiles a file of the project to JavaScript, with everything strict. */
function compile(file: string, options: object): void {
  const compilerOptions = {
    target: 'ES2020',
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,

    verbatimModuleSyntax: true,
    isolatedModules: true,
    skipLibCheck: false,
    ...options,
  }
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }))
  node(join(repoRoot, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json')
}
/** An import of everything of each entry. */
const importing = (names: readonly string[]): string =>
  names.map((name, i) => (isScript(name) ? `import '${name}'\n` : `import * as e${i} from '${name}'\nexport { e${i} }\n`)).join('')

try {
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', project], {
      cwd: repoRoot,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    }),
  ) as [{ filename: string }]
  write('package.json', JSON.stringify({ name: 'empty', private: true, type: 'module' }))
  // It depends on nothing, so that nothing has to be fetched.
  npm('install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', `./${packed[0].filename}`)
  const everywhere = entries.filter((entry) => !ofNode.has(entry))

  for (const entry of entries) {
    check(`import of ${entry}`, () => {
      write('entry.js', `const it = await import('${entry}')\nconsole.log(Object.keys(it).length)\n`)
      const names = Number(node('entry.js'))
      if (isScript(entry) ? names !== 0 : names === 0) throw new Error(`${names} names are exported`)
    })
  }
  write('all.ts', importing(everywhere))
  check('strict types without Node and DOM', () => compile('all.ts', { lib: ['ES2020'], types: [], noEmit: true }))
  check('strict types with DOM, for a bundler', () =>
    compile('all.ts', { lib: ['ES2022', 'DOM'], types: [], module: 'ESNext', moduleResolution: 'bundler', noEmit: true }),
  )
  mkdirSync(join(project, 'node_modules/@types'))
  symlinkSync(join(repoRoot, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'), 'junction')
  write('all.ts', importing(entries))
  check('strict types with Node', () => compile('all.ts', { lib: ['ES2022'], types: ['node'], noEmit: true }))

  check('the command', () => {
    const command = join(project, 'node_modules/.bin', process.platform === 'win32' ? 'vitrine.cmd' : 'vitrine')
    const guest = join(repoRoot, 'examples/guests/c/exit-code.wasm')
    equal(
      execFileSync(command, ['run', guest, '0'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        shell: process.platform === 'win32',
      }).split(' ')[0]!,
      'leaving',
    )
  })
  for (const script of entries.filter((entry) => /bundles\/.*auto/.test(entry))) {
    check(`--require of ${script}`, () =>
      equal(
        node('--jitless', '--no-warnings', '--require', script, '-p', 'WebAssembly.validate(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))'),
        'true\n',
      ),
    )
  }
  check('--import of vitrine/js-api/auto', () =>
    equal(
      node('--jitless', '--no-warnings', '--import', `${manifest.name}/js-api/auto`, '-p', 'typeof WebAssembly.Suspending'),
      'function\n',
    ),
  )
  for (const document of ['README.md', 'docs/js-api.md', 'docs/anywhere.md']) {
    for (const { place, mode, code, prints } of snippetsOf(readFileSync(join(repoRoot, document), 'utf8'), document)) {
      check(place, () => {
        write('snippet.ts', code)
        compile('snippet.ts', { lib: ['ES2022'], types: ['node'] })
        const printed = mode === 'run' ? node('snippet.js') : ''
        if (prints !== undefined) equal(printed.trimEnd(), prints)
      })
    }
  }
} finally {
  rmSync(project, { recursive: true, force: true })
}
console.log(`installed into an empty project: ${checks - failures} of ${checks} checks hold`)
if (failures > 0) process.exitCode = 1
