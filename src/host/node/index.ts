/**
 * `vitrine/node`: what a guest can be given of the machine under Node. The only folder of the host layer that imports
 * node:*; nothing in the core imports it.
 */
export { nodeClock } from './clock.ts'
export { directory, type DirectoryOptions, file, type NodeDir, NodeFs } from './node-fs.ts'
export { listen } from './sockets.ts'
export { fdInput, fdOutput, fileInput, inherit, stderr, stdin, type StdinOptions, stdout, streamInput } from './stdio.ts'
