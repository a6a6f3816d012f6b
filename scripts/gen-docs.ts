/**
 * Writes docs/instructions.md: every instruction with its opcode, immediates, stack type, feature and meaning, from the
 * instruction table and src/spec/meanings. Run by `npm run gen`; `npm run check:generated` fails when the file is stale.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { features } from '../src/spec/features.ts'
import { featureMeanings } from '../src/spec/meanings/features.ts'
import { type Instruction, instructions } from '../src/spec/instructions.ts'
import { immediates, meaningOf, opcodeBytes } from '../src/spec/meanings/index.ts'

const hex = (bytes: readonly number[]): string => bytes.map((b) => b.toString(16).padStart(2, '0')).join(' ')
const code = (text: string): string => (text === '' ? '' : `\`${text}\``)

function row(instruction: Instruction): string {
  const { text, type, traps } = meaningOf(instruction)
  const trapText = traps.length === 0 ? '' : ` Traps: ${traps.join(', ')}.`
  const cells = [
    code(instruction.name),
    code(hex(opcodeBytes(instruction))),
    instruction.immediates.join(' '),
    code(type),
    instruction.feature,
    text + trapText,
  ]
  return `| ${cells.join(' | ')} |`
}

/** Rows by chapter of the specification, in the order in which the chapters first occur in the table. */
const chapters = new Map<string, Instruction[]>()
for (const instruction of instructions) {
  const { section } = meaningOf(instruction)
  const list = chapters.get(section)
  if (list === undefined) chapters.set(section, [instruction])
  else list.push(instruction)
}
const heading = (section: string): string => {
  const [places, name] = section.split(', ')
  return name === undefined ? `${section[0]!.toUpperCase()}${section.slice(1)}` : `${name[0]!.toUpperCase()}${name.slice(1)} (${places!})`
}
const used = [...new Set(instructions.flatMap((instruction) => instruction.immediates))]

const lines = [
  '# Instructions',
  '',
  '<!-- Written by `npm run gen` from src/spec; do not edit. -->',
  '',
  `All ${instructions.length} instructions that vitrine knows. \`vitrine explain NAME\` shows one of them, \`vitrine explain OFFSET FILE\` the one at a byte offset of a module.`,
  '',
  'Opcodes are in hexadecimal. In types the last operand is on top of the stack; `t` stands for a type, `t*` for any number of types, `at` for the address type of a memory or table (`i32`, or `i64` if it is a 64-bit one), `rt` for a reference type, `ht` for a heap type, `x` and `y` for types of the module.',
  '',
  ...[...chapters].flatMap(([section, rows]) => [
    `## ${heading(section)}`,
    '',
    '| instruction | opcode | immediates | type | feature | what it does |',
    '|---|---|---|---|---|---|',
    ...rows.map(row),
    '',
  ]),
  '## Immediates',
  '',
  '| immediate | what it is |',
  '|---|---|',
  ...used.map((immediate) => `| ${immediate} | ${immediates[immediate]} |`),
  '',
  '## Features',
  '',
  'A module that uses a feature which is off is refused with an `UnsupportedError` that names it. They are switched with `compile(bytes, { features: { threads: true, gc: false } })`.',
  '',
  '| feature | by default | what it is |',
  '|---|---|---|',
  ...features.map(({ name, on }) => `| ${name} | ${on ? 'on' : 'off'} | ${featureMeanings[name]} |`),
  '',
]
mkdirSync('docs', { recursive: true })
writeFileSync('docs/instructions.md', lines.join('\n'))
