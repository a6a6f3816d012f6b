/**
 * Runs the generators and fails when a checked-in `*.gen.ts` or a generated document changes, appears or disappears. Compares contents, not git
 * states, so it also tells the truth in a tree with uncommitted work. Run by `.ci/run`.
 */
import { execSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const documents = ['docs/instructions.md']

function snapshot(): Map<string, string> {
  const files = new Map<string, string>()
  for (const root of ['src', 'spec-tests', 'bench']) {
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      const path = join(root, name)
      if (path.endsWith('.gen.ts')) files.set(path, readFileSync(path, 'utf8'))
    }
  }
  for (const path of documents) if (existsSync(path)) files.set(path, readFileSync(path, 'utf8'))
  return files
}

const before = snapshot()
execSync('npm run --silent gen', { stdio: 'inherit' })
const after = snapshot()

const changed = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort()
for (const path of changed) {
  console.error(
    `${path}: ${!before.has(path) ? 'is not checked in' : !after.has(path) ? 'is no longer generated' : 'differs from what the generator writes'}`,
  )
}
if (after.size === 0) console.error('No *.gen.ts file exists.')
console.log(`${after.size} generated files, ${changed.length} out of date`)
if (changed.length > 0 || after.size === 0) process.exitCode = 1
