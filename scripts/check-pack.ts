/**
 * Looks at what `npm pack` would publish: everything that `exports` and `bin` promise is there, and nothing else than
 * built files and the four documents. Needs `dist/`. Run by `npm run check:package`.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

interface Packed {
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[]
  readonly size: number
  readonly unpackedSize: number
}

const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
  encoding: 'utf8',
  shell: process.platform === 'win32',
})
const [packed] = JSON.parse(output) as [Packed]
const paths = new Set(packed.files.map((file) => file.path))
const problems: string[] = []

const documents = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']
for (const path of documents) if (!paths.has(path)) problems.push(`missing: ${path}`)
for (const path of paths) {
  if (documents.includes(path)) continue
  if (!/^dist\/.+\.(c?js|d\.ts|js\.map)$/.test(path)) problems.push(`should not be published: ${path}`)
  else if (/\.(test|long)\./.test(path)) problems.push(`a test: ${path}`)
  else if (path.endsWith('.js') && !/^dist\/(cli|chunks)\//.test(path) && !paths.has(path.replace(/\.js$/, '.d.ts')))
    problems.push(`without types: ${path}`)
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly bin: Record<string, string>
  readonly exports: Record<string, string | Record<string, string>>
}
const promised = [
  ...Object.values(manifest.bin),
  ...Object.values(manifest.exports).flatMap((e) => (typeof e === 'string' ? [e] : Object.values(e))),
]
for (const path of promised) if (!paths.has(path.replace(/^\.\//, ''))) problems.push(`promised by package.json, missing: ${path}`)
for (const path of Object.values(manifest.bin)) {
  if (paths.has(path.replace(/^\.\//, '')) && !readFileSync(path, 'utf8').startsWith('#!/usr/bin/env node\n'))
    problems.push(`${path}: no shebang`)
}
// An import of a package that npm would not install for a user.
const dependencies = Object.keys((JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies?: object }).dependencies ?? {})
for (const path of paths) {
  if (!/\.c?js$/.test(path)) continue
  const imports = /(?:^|;)(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^.'"][^'"]*)['"]|\brequire\("([^."][^"]*)"\)/gm
  for (const [, imported, required] of readFileSync(path, 'utf8').matchAll(imports)) {
    const name = (imported ?? required)!
    if (!name.startsWith('node:') && !dependencies.includes(name)) problems.push(`${path} imports ${name}, which is no dependency`)
  }
}

for (const problem of problems) console.error(problem)
console.log(`${packed.files.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked; ${problems.length} problems`)
if (problems.length > 0) process.exitCode = 1
