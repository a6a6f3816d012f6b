/**
 * Checks messages against the protocol's own types: reads the interfaces of @vscode/debugprotocol, and complains about members that
 * are missing, of a wrong type, or not in the protocol.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

type Shape = ReadonlyMap<string, { readonly optional: boolean; readonly type: string }>

const path = createRequire(import.meta.url)
  .resolve('@vscode/debugprotocol')
  .replace(/\.js$/, '.d.ts')
const text = readFileSync(path, 'utf8')
  .replace(/\/\*[\s\S]*?\*\//g, '')
  .replace(/\/\/.*$/gm, '')

/** The text between the brace at `open` and the one that closes it. */
function braced(source: string, open: number): string {
  let depth = 0
  for (let i = open; i < source.length; i++) {
    if (source[i] === '{') depth++
    else if (source[i] === '}' && --depth === 0) return source.slice(open + 1, i)
  }
  throw new Error('a brace is not closed')
}

function members(body: string): Shape {
  const found = new Map<string, { optional: boolean; type: string }>()
  const pattern = /\s*(\w+)(\??):\s*/y
  for (let at = 0; ;) {
    pattern.lastIndex = at
    const head = pattern.exec(body)
    if (head === null) return found
    at = pattern.lastIndex
    let depth = 0
    const start = at
    while (at < body.length && (depth > 0 || body[at] !== ';')) {
      if (body[at] === '{') depth++
      if (body[at] === '}') depth--
      at++
    }
    found.set(head[1]!, { optional: head[2] === '?', type: body.slice(start, at++).trim() })
  }
}

const interfaces = new Map<string, { readonly base: string | undefined; readonly own: Shape }>()
for (const found of text.matchAll(/interface (\w+)(?: extends (\w+))? \{/g))
  interfaces.set(found[1]!, { base: found[2], own: members(braced(text, found.index + found[0].length - 1)) })
const aliases = new Map([...text.matchAll(/type (\w+) = ([^;]+);/g)].map((found) => [found[1]!, found[2]!]))

function shapeOf(name: string): Shape | undefined {
  const found = interfaces.get(name)
  if (found === undefined) return undefined
  return new Map([...(found.base === undefined ? [] : shapeOf(found.base)!), ...found.own])
}

/** What is wrong with a value for a type, in the words of its path. */
function problems(value: unknown, type: string, where: string): string[] {
  if (type.startsWith('{ [')) return typeof value === 'object' ? [] : [`${where} is no object`]
  if (type.startsWith('{')) return shaped(value, members(braced(type, 0)), where)
  if (type === 'any') return []
  const list = /^\((.*)\)\[\]$/s.exec(type)?.[1]
  if (list !== undefined && Array.isArray(value)) return value.flatMap((item, i) => problems(item, list, `${where}[${i}]`))
  const parts = type.split(/\s*\|\s*/)
  if (parts.length > 1) {
    const all = parts.map((part) => problems(value, part, where))
    return all.some((list) => list.length === 0) ? [] : all[0]!
  }
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${where} is no array`]
    return value.flatMap((item, i) => problems(item, type.slice(0, -2), `${where}[${i}]`))
  }
  if (type === 'null') return value === null ? [] : [`${where} is not null`]
  if (type.startsWith("'")) return value === type.slice(1, -1) ? [] : [`${where} is ${String(value)}, not ${type}`]
  if (['string', 'number', 'boolean'].includes(type)) return typeof value === type ? [] : [`${where} is a ${typeof value}, not a ${type}`]
  const alias = aliases.get(type)
  if (alias !== undefined) return problems(value, alias, where)
  const shape = shapeOf(type)
  return shape === undefined ? [`${where}: the type ${type} is unknown`] : shaped(value, shape, where)
}

function shaped(value: unknown, shape: Shape, where: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${where} is no object`]
  const list: string[] = []
  for (const [name, { optional, type }] of shape) {
    const member = (value as Record<string, unknown>)[name]
    if (member === undefined) {
      if (!optional) list.push(`${where}.${name} is missing`)
    } else list.push(...problems(member, type, `${where}.${name}`))
  }
  for (const name of Object.keys(value)) if (!shape.has(name)) list.push(`${where}.${name} is not in the protocol`)
  return list
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1)

/** What is wrong with a message of a debug adapter. */
export function complaints(message: Record<string, unknown>): string[] {
  if (message['type'] === 'event') return problems(message, `${capital(message['event'] as string)}Event`, String(message['event']))
  const command = message['command'] as string
  const name = message['success'] === true ? `${capital(command)}Response` : 'ErrorResponse'
  return problems(message, name, `${command} response`)
}
