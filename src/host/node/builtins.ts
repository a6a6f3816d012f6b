/**
 * Node's own modules. An `import` of one reads everything that it exports, with node:fs also all that Node has for streams, which takes 2
 * to 5 ms; so they are taken as they are, and those that few guests need when they are needed.
 */
import type nodeFs from 'node:fs'
import type nodeNet from 'node:net'
import type nodeTty from 'node:tty'

export const fs: typeof nodeFs = process.getBuiltinModule('node:fs')
export const net = (): typeof nodeNet => process.getBuiltinModule('node:net')
export const tty = (): typeof nodeTty => process.getBuiltinModule('node:tty')
