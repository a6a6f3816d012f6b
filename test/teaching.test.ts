/** The programs of examples/teaching: results as their README says, on every configuration, and commands that exist. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commands, parse } from '../src/cli/args.ts'
import { compile, instantiate } from '../src/index.ts'
import { watToWasm } from '../src/text/index.ts'
import { repoRoot } from './helpers/files.ts'

const folder = join(repoRoot, 'examples/teaching')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')
const sections = readme
  .split('\n## ')
  .slice(1)
  .map((section) => ({ name: section.split('\n', 1)[0]!, section }))

test('each program has a section', () => {
  expect(sections.map(({ name }) => name)).toEqual(
    readdirSync(folder)
      .filter((name) => name.endsWith('.wat'))
      .sort(),
  )
})

describe.each(sections)('$name', ({ name, section }) => {
  test('gives what the README says', () => {
    const results = [...section.matchAll(/`(\w+)\(([^)]*)\)` → `([^`]*)`/g)]
    expect(results.length).toBeGreaterThan(0)
    const module = compile(watToWasm(readFileSync(join(folder, name), 'utf8')))
    for (const options of [{ tier: 'fast' }, { tier: 'exact' }, { executor: 'reference' }] as const) {
      for (const [, func, args, result] of results) {
        const { exports } = instantiate(module, {}, options)
        expect(String(exports[func!](...args!.split(',').map(Number)))).toBe(result)
      }
    }
  })

  test('its commands are commands', () => {
    const lines = [...section.matchAll(/^vitrine (\w+) (.*?)( \| .*)?$/gm)]
    expect(lines.length).toBeGreaterThan(0)
    const exported = new Set([...readFileSync(join(folder, name), 'utf8').matchAll(/\(export "(\w+)"\)/g)].map(([, e]) => e!))
    for (const [, command, words] of lines) {
      const parsed = parse(
        commands.find((c) => c.name === command)!,
        words!.split(' '),
      )
      expect(parsed.operands[0]).toBe(name)
      expect(exported).toContain(parsed.get('invoke'))
    }
  })
})
