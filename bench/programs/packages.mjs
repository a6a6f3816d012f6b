// The packages of test/clients, for programs that do not stand there.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const require = createRequire(new URL('../../test/clients/package.json', import.meta.url))
export const pathOf = (name) => require.resolve(name)
export const load = (name) => import(pathToFileURL(pathOf(name)).href)
export const loadCommonJs = (name) => require(name)

/** The source of test data: a linear congruential generator. */
export function randomOf(seed) {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 8) % below
  }
}

/** JavaScript of so many functions. */
export function someSource(functions) {
  const random = randomOf(7)
  const name = () => `name${random(40)}`
  return Array.from(
    { length: functions },
    (_, i) => `export function f${i}(${name()}, b = ${random(99)}) {
  const list = [${Array.from({ length: 5 }, () => random(1000)).join(', ')}].map((x) => x * ${random(9) + 2})
  for (let i = 0; i < list.length; i++) if (list[i] % 2 === ${random(2)}) { b += list[i] } else { b ^= ${random(77)} }
  return { ${name()}: b, text: \`\${b} of ${name()}\`, ok: b > ${random(50)} ? /${name()}+/.test('x') : null }
}`,
  ).join('\n')
}
