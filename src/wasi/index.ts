/**
 * `vitrine/wasi`: WASI and the capabilities that work in every JavaScript engine. Those of Node are in `vitrine/node`.
 */
export { type Clock, fixedClock, systemClock, type Timer, virtualClock, type VirtualClockOptions } from '../host/clock.ts'
export { type Errno, fail, SysError } from '../host/errno.ts'
export {
  type Access,
  type DirectoryGrant,
  type DirEntry,
  type FileGrant,
  type FileHandle,
  type FileStat,
  type FileSystemProvider,
  type FileType,
  type NewTimes,
  type OpenHow,
  readOnly,
  singleFile,
} from '../host/file-system.ts'
export type { Maybe } from '../host/maybe.ts'
export { MemoryFs, memoryFs, type MemoryFsOptions } from '../host/memory-fs.ts'
export { ArchiveFs, type ArchiveNode, type ArchiveOptions } from '../host/archive/archive-fs.ts'
export type { Inflate } from '../host/archive/inflate.ts'
export { tarFs } from '../host/archive/tar.ts'
export { zipFs, type ZipOptions } from '../host/archive/zip.ts'
export { type MountDir, MountFs, type MountOption, mounts } from '../host/mounts.ts'
export { opfsDirectory, type OpfsDir, OpfsFs, type OpfsOptions } from '../host/opfs/opfs-fs.ts'
export { overlay, type OverlayChange, OverlayFs, type OverlayOptions } from '../host/overlay-fs.ts'
export { type Denied, formatDenied, type HostLimits } from '../host/policy.ts'
export { cryptoRandom, type Random, seededRandom } from '../host/random.ts'
export {
  collect,
  type Input,
  type InputOption,
  type Output,
  type OutputOption,
  type ReadableStreamLike,
  type WritableStreamLike,
} from '../host/streams.ts'
export { type Time, type U64 } from '../host/time.ts'
export type { Connection, Listener } from '../host/sockets.ts'
export type { HostCall, Interrupted, MemoryWrite, RecordedCall } from './preview1/context.ts'
export { formatStrace, type StraceEntry, type StraceValue } from './preview1/strace.ts'
export { type ThreadsOptions, WasiThreads } from './threads.ts'
export { replay } from './replay.ts'
export { type DirectoryOption, type FsOption, type Grant, WASI, type WASIOptions } from './wasi.ts'
export { run, type RunLimits, type RunOptions, type RunReport, type RunResult } from './run.ts'
