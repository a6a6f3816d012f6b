/**
 * Rules about the repository as a whole: nothing in it depends on the machine it was written on, sources say what they
 * are, the lockfile installs from anywhere, versions are pinned.
 */
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { filesUnder, repoRoot } from './helpers/files.ts'

const read = (path: string): string => readFileSync(join(repoRoot, path), 'utf8')
const named = (path: string): string => relative(repoRoot, path)

const logs = /\.(log|tgz)$/
const all = filesUnder(repoRoot).filter((path) => !logs.test(path))

// Written in pieces, so that this file passes its own test.
const word = (...pieces: string[]): string => pieces.join('')
/** Absolute paths of a developer's machine. A guest path such as `/tmp` without a file below it is fine. */
const machinePath = new RegExp(`(?<![\\w.\\])}*])/(?:${['work', 'root', 'tmp'].join('|')})/`)
/** Compilers leave paths in debug information and panic messages; only these two say where something was built. */
const machinePathInBinary = new RegExp(`(?<![\\w.])/(?:${['work', 'root'].join('|')})/`)
const registryHost = new RegExp(
  [
    word('registry', '\\.npm'),
    word('registry', '\\.yarnpkg'),
    word('npm', 'mirror'),
    word('verda', 'ccio'),
    word('art', 'ifactory'),
    word('jfr', 'og'),
    word('proxy', '\\.golang'),
    word('crates', '\\.io'),
    word('pypi', '\\.org'),
    word('python', 'hosted'),
    word('"resol', 'ved":\\s*"http'),
  ].join('|'),
  'i',
)

test('no file mentions a path of somebody’s machine or a package registry', () => {
  const found: string[] = []
  for (const path of all) {
    const bytes = readFileSync(path)
    const binary = bytes.includes(0)
    const text = bytes.toString(binary ? 'latin1' : 'utf8')
    text.split('\n').forEach((line, i) => {
      if ((binary ? machinePathInBinary : machinePath).test(line)) found.push(`${named(path)}:${binary ? 'binary' : i + 1} machine path`)
      if (!binary && registryHost.test(line)) found.push(`${named(path)}:${i + 1} registry host`)
    })
  }
  expect(found).toEqual([])
})

test('the patterns above find what they look for', () => {
  for (const dir of ['work', 'root', 'tmp']) expect(`open('/${dir}/x')`).toMatch(machinePath)
  expect("import './work/x.ts'; mount('/tmp')").not.toMatch(machinePath)
  expect('`${here}/work/a`').not.toMatch(machinePath)
  expect(word('https://registry', '.npmjs.org/a')).toMatch(registryHost)
})

test('every source file opens by saying what it is', () => {
  const silent: string[] = []
  for (const dir of ['src', 'test', 'scripts', 'spec-tests', 'bench']) {
    for (const path of filesUnder(join(repoRoot, dir), '.ts')) {
      const text = readFileSync(path, 'utf8').replace(/^#!.*\n/, '')
      const header = /^(?:\/\*\*?([\s\S]*?)\*\/|((?:\/\/.*\n)+))/.exec(text)
      const said = (header?.[1] ?? header?.[2] ?? '').replace(/[*/\s]+/g, ' ').trim()
      if (said.length < 20) silent.push(named(path))
      else if (path.endsWith('.gen.ts') && !/do not edit/i.test(said)) silent.push(`${named(path)} (generated: must say "do not edit")`)
    }
  }
  expect(silent).toEqual([])
})

/** This package, and those that long tests and benchmarks install: modules of other projects, clients of the JS API, readers of traces, engines, rivals, the fuzzer's oracle. */
const packages = ['', 'test/foreign/', 'test/clients/', 'test/readers/', 'test/engines/', 'test/fuzz/', 'bench/rivals/']

test.each(packages)('the lockfile belongs to %spackage.json and names no registry', (dir) => {
  const manifest = JSON.parse(read(`${dir}package.json`)) as Record<string, Record<string, string> | undefined>
  const lock = JSON.parse(read(`${dir}package-lock.json`)) as {
    packages: Record<string, { resolved?: string; integrity?: string; inBundle?: boolean } & Record<string, Record<string, string>>>
  }
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) expect(lock.packages['']![kind]).toEqual(manifest[kind])
  const bad = Object.entries(lock.packages).filter(
    // What a package brings along inside itself has no hash of its own.
    ([name, entry]) => name !== '' && (entry.resolved !== undefined || (entry.integrity === undefined && entry.inBundle !== true)),
  )
  expect(bad.map(([name]) => name)).toEqual([])
})

test.each(packages)('every dependency of %spackage.json has an exact version', (dir) => {
  const manifest = JSON.parse(read(`${dir}package.json`)) as Record<string, object | undefined>
  const versions = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) => Object.entries(manifest[kind] ?? {}))
  expect(versions.filter(([, version]) => !/^(npm:[\w/@-]+@)?\d+\.\d+\.\d+$/.test(version as string))).toEqual([])
})

test('local links of the documents lead somewhere', () => {
  const broken: string[] = []
  const known = new Set(all.map(named))
  for (const path of all.filter((p) => p.endsWith('.md'))) {
    for (const [, target] of readFileSync(path, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue
      const file = relative(repoRoot, join(path, '..', target!)).replace(/[\\/]$/, '')
      if (!known.has(file) && ![...known].some((k) => k.startsWith(`${file}/`))) broken.push(`${named(path)} → ${target}`)
    }
  }
  expect(broken).toEqual([])
})
