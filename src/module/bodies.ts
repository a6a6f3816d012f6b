/** Which body of a module's functions a byte of the file belongs to. The bodies lie in the file in the order of their indices. */
import { firstWhere } from '../bytes/search.ts'
import type { Module } from './module.ts'

/** Number of the first body that ends behind `offset`; the number of bodies if none does. */
export const bodyEndingBehind = ({ code }: Module, offset: number): number => firstWhere(code.length, (i) => code[i]!.end > offset)

/** Number of the body in which `offset` lies; -1 if it is in none. */
export function bodyAt(module: Module, offset: number): number {
  const body = bodyEndingBehind(module, offset)
  return body < module.code.length && module.code[body]!.start <= offset ? body : -1
}
