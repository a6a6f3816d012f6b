/**
 * The list of ops as text, `name:layout` each, and the names made short: most ops are called as an instruction, in the order of
 * the instruction table. A name that is left out is that of the instruction behind the last one that was named; `_…`, `?…` and
 * `!…` are that last name with something behind it: `i32.add_k`, `br_if_i32.eq_loop`, `br_if_not_f64.lt`.
 */
import { byName, instructions } from '../spec/instructions.ts'

/** Names and layouts. */
export function readOps(text: string): (readonly [name: string, layout: string])[] {
  let last = instructions[0]!
  return text.split(' ').map((row) => {
    const [short, layout] = row.split(':') as [string, string]
    const rest = short.slice(1)
    let name = short
    if (short === '') name = instructions[last.id + 1]!.name
    else if (short[0] === '_') name = last.name + short
    else if (short[0] === '?') name = `br_if_${last.name}${rest}`
    else if (short[0] === '!') name = `br_if_not_${last.name}${rest}`
    last = byName.get(name) ?? last
    return [name, layout]
  })
}
