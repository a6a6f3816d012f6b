/**
 * Constants of wasi_snapshot_preview1, with the names and values of its witx files
 * (WebAssembly/WASI, wasi-0.1, preview1/witx/typenames.witx). Enums count from 0 in the order of the file, flags from bit 0.
 * Used by every file of this adapter and its tests.
 */

/** `errno`, complete. */
// oxfmt-ignore
export const ERRNO = {
  success: 0, '2big': 1, acces: 2, addrinuse: 3, addrnotavail: 4, afnosupport: 5, again: 6, already: 7, badf: 8, badmsg: 9, busy: 10,
  canceled: 11, child: 12, connaborted: 13, connrefused: 14, connreset: 15, deadlk: 16, destaddrreq: 17, dom: 18, dquot: 19,
  exist: 20, fault: 21, fbig: 22, hostunreach: 23, idrm: 24, ilseq: 25, inprogress: 26, intr: 27, inval: 28, io: 29, isconn: 30,
  isdir: 31, loop: 32, mfile: 33, mlink: 34, msgsize: 35, multihop: 36, nametoolong: 37, netdown: 38, netreset: 39, netunreach: 40,
  nfile: 41, nobufs: 42, nodev: 43, noent: 44, noexec: 45, nolck: 46, nolink: 47, nomem: 48, nomsg: 49, noprotoopt: 50, nospc: 51,
  nosys: 52, notconn: 53, notdir: 54, notempty: 55, notrecoverable: 56, notsock: 57, notsup: 58, notty: 59, nxio: 60, overflow: 61,
  ownerdead: 62, perm: 63, pipe: 64, proto: 65, protonosupport: 66, prototype: 67, range: 68, rofs: 69, spipe: 70, srch: 71,
  stale: 72, timedout: 73, txtbsy: 74, xdev: 75, notcapable: 76,
} as const

/** `rights`: 30 flags in the low half of a u64; the high half is always zero. */
export const RIGHT = {
  FD_DATASYNC: 0x1,
  FD_READ: 0x2,
  FD_SEEK: 0x4,
  FD_FDSTAT_SET_FLAGS: 0x8,
  FD_SYNC: 0x10,
  FD_TELL: 0x20,
  FD_WRITE: 0x40,
  FD_ADVISE: 0x80,
  FD_ALLOCATE: 0x100,
  PATH_CREATE_DIRECTORY: 0x200,
  PATH_CREATE_FILE: 0x400,
  PATH_LINK_SOURCE: 0x800,
  PATH_LINK_TARGET: 0x1000,
  PATH_OPEN: 0x2000,
  FD_READDIR: 0x4000,
  PATH_READLINK: 0x8000,
  PATH_RENAME_SOURCE: 0x10000,
  PATH_RENAME_TARGET: 0x20000,
  PATH_FILESTAT_GET: 0x40000,
  PATH_FILESTAT_SET_SIZE: 0x80000,
  PATH_FILESTAT_SET_TIMES: 0x100000,
  FD_FILESTAT_GET: 0x200000,
  FD_FILESTAT_SET_SIZE: 0x400000,
  FD_FILESTAT_SET_TIMES: 0x800000,
  PATH_SYMLINK: 0x1000000,
  PATH_REMOVE_DIRECTORY: 0x2000000,
  PATH_UNLINK_FILE: 0x4000000,
  POLL_FD_READWRITE: 0x8000000,
  SOCK_SHUTDOWN: 0x10000000,
  SOCK_ACCEPT: 0x20000000,
} as const

export const CLOCK_REALTIME = 0
export const CLOCK_MONOTONIC = 1
export const CLOCK_PROCESS_CPUTIME = 2
export const CLOCK_THREAD_CPUTIME = 3

export const WHENCE_SET = 0
export const WHENCE_CUR = 1
export const WHENCE_END = 2

/** `filetype`. */
// oxfmt-ignore
export const FILETYPE = {
  unknown: 0, block_device: 1, character_device: 2, directory: 3, regular_file: 4, socket_dgram: 5, socket_stream: 6, symbolic_link: 7,
} as const

/** The highest `advice`. */
export const ADVICE_NOREUSE = 5

export const FDFLAG_APPEND: number = 1 << 0
export const FDFLAG_DSYNC: number = 1 << 1
export const FDFLAG_NONBLOCK: number = 1 << 2
export const FDFLAG_SYNC: number = 1 << 4
export const ALL_FDFLAGS = 0x1f

export const FSTFLAG_ATIM: number = 1 << 0
export const FSTFLAG_ATIM_NOW: number = 1 << 1
export const FSTFLAG_MTIM: number = 1 << 2
export const FSTFLAG_MTIM_NOW: number = 1 << 3
export const ALL_FSTFLAGS = 0xf

export const LOOKUP_SYMLINK_FOLLOW: number = 1 << 0
export const ALL_LOOKUPFLAGS = 1

export const OFLAG_CREAT: number = 1 << 0
export const OFLAG_DIRECTORY: number = 1 << 1
export const OFLAG_EXCL: number = 1 << 2
export const OFLAG_TRUNC: number = 1 << 3
export const ALL_OFLAGS = 0xf

export const EVENTTYPE_CLOCK = 0
export const EVENTTYPE_FD_READ = 1
export const EVENTTYPE_FD_WRITE = 2
export const EVENTRW_HANGUP: number = 1 << 0
export const SUBCLOCK_ABSTIME: number = 1 << 0

export const SDFLAG_RD: number = 1 << 0
export const SDFLAG_WR: number = 1 << 1
export const ALL_SDFLAGS = 3

export const RIFLAG_PEEK: number = 1 << 0
export const RIFLAG_WAITALL: number = 1 << 1
export const ALL_RIFLAGS = 3

export const PREOPENTYPE_DIR = 0

// Struct sizes in bytes.
export const SIZE_FDSTAT = 24
export const SIZE_FILESTAT = 64
export const SIZE_OLD_FILESTAT = 56
export const SIZE_DIRENT = 24
export const SIZE_SUBSCRIPTION = 48
export const SIZE_EVENT = 32
export const SIZE_PRESTAT = 8
export const SIZE_IOVEC = 8

/** What can be done with a regular file. */
// oxfmt-ignore
export const FILE_RIGHTS: number =
  RIGHT.FD_DATASYNC | RIGHT.FD_READ | RIGHT.FD_SEEK | RIGHT.FD_FDSTAT_SET_FLAGS | RIGHT.FD_SYNC | RIGHT.FD_TELL | RIGHT.FD_WRITE | RIGHT.FD_ADVISE |
  RIGHT.FD_ALLOCATE | RIGHT.FD_FILESTAT_GET | RIGHT.FD_FILESTAT_SET_SIZE | RIGHT.FD_FILESTAT_SET_TIMES | RIGHT.POLL_FD_READWRITE

/** What can be done with a directory: no seek, no read. */
// oxfmt-ignore
export const DIRECTORY_RIGHTS: number =
  RIGHT.FD_FDSTAT_SET_FLAGS | RIGHT.FD_SYNC | RIGHT.FD_ADVISE | RIGHT.PATH_CREATE_DIRECTORY | RIGHT.PATH_CREATE_FILE | RIGHT.PATH_LINK_SOURCE |
  RIGHT.PATH_LINK_TARGET | RIGHT.PATH_OPEN | RIGHT.FD_READDIR | RIGHT.PATH_READLINK | RIGHT.PATH_RENAME_SOURCE | RIGHT.PATH_RENAME_TARGET |
  RIGHT.PATH_FILESTAT_GET | RIGHT.PATH_FILESTAT_SET_SIZE | RIGHT.PATH_FILESTAT_SET_TIMES | RIGHT.FD_FILESTAT_GET | RIGHT.FD_FILESTAT_SET_TIMES |
  RIGHT.PATH_SYMLINK | RIGHT.PATH_REMOVE_DIRECTORY | RIGHT.PATH_UNLINK_FILE

/** What can be done with a stream: standard input and output. Without FD_SEEK and FD_TELL, by which C libraries know a terminal. */
export const INPUT_RIGHTS: number = RIGHT.FD_READ | RIGHT.FD_FDSTAT_SET_FLAGS | RIGHT.FD_FILESTAT_GET | RIGHT.POLL_FD_READWRITE
export const OUTPUT_RIGHTS: number = RIGHT.FD_WRITE | RIGHT.FD_FDSTAT_SET_FLAGS | RIGHT.FD_FILESTAT_GET | RIGHT.POLL_FD_READWRITE

/** What can be done with a listener, and with the connections that it hands out. */
export const LISTENER_RIGHTS: number = RIGHT.SOCK_ACCEPT | RIGHT.FD_FDSTAT_SET_FLAGS | RIGHT.FD_FILESTAT_GET | RIGHT.POLL_FD_READWRITE
// oxfmt-ignore
export const CONNECTION_RIGHTS: number =
  RIGHT.FD_READ | RIGHT.FD_WRITE | RIGHT.SOCK_SHUTDOWN | RIGHT.FD_FDSTAT_SET_FLAGS | RIGHT.FD_FILESTAT_GET | RIGHT.POLL_FD_READWRITE

/** Rights of a preopened directory: its own, and what it hands on. */
export const PREOPEN_INHERITING: number = FILE_RIGHTS | DIRECTORY_RIGHTS
