/** The Debug Adapter Protocol on `src/debug`: what the command line needs of it. */
export { type Arguments, RequestError } from './arguments.ts'
export { type DapServer, serveStdio, serveTcp } from './connection.ts'
export type { Program, RunningProgram, Targets } from './target.ts'
