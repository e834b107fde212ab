/**
 * The C library's socket calls over FFI, typed once. Linux on 64-bit machines only: the layouts of `mmsghdr`,
 * `iovec` and `pollfd`, and the constants below, are Linux's (socket(2), recvmmsg(2), sendmmsg(2), poll(2), eventfd(2)).
 */
import koffi from 'koffi';

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_MEMINFO = 55;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
export const EFD_NONBLOCK = 0o4000;
export const EFD_CLOEXEC = 0o2000000;
export const MSG_DONTWAIT = 0x40;
export const POLLIN = 1;
export const POLLNVAL = 0x20;
export const EINTR = 4;
export const EIO = 5;
export const EBADF = 9;
export const EAGAIN = 11;
export const ENOTSOCK = 88;
export const ENOBUFS = 105;

/** udp(7): the option of a socket, and the type of the control message that cuts a message into datagrams. */
export const SOL_UDP = 17;
export const UDP_SEGMENT = 103;

export const POLLFD_SIZE = 8;
/** Places in `struct mmsghdr` that packages/kernel has no part in; those that it shares stand in srtp/layout.ts. */
export const MESSAGE_FLAGS = 48;
export const MESSAGE_LENGTH = 56;
/** Places in `struct cmsghdr`, whose length is at 0, and its size: there the data begins. */
export const CONTROL_LEVEL = 8;
export const CONTROL_TYPE = 12;
export const CONTROL_HEADER_SIZE = 16;

export interface LibC {
  socket(domain: number, type: number, protocol: number): number;
  bind(descriptor: number, address: Uint8Array, length: number): number;
  getsockname(descriptor: number, address: Uint8Array, length: Uint8Array): number;
  setsockopt(descriptor: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockopt(descriptor: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  close(descriptor: number): number;
  /** `messages` is an absolute address; negative result: see errno. */
  recvmmsg(descriptor: number, messages: number, count: number, flags: number, timeout: number): number;
  sendmmsg(descriptor: number, messages: number, count: number, flags: number): number;
  /** `descriptors` is an absolute address of an array of `pollfd`; milliseconds. */
  poll(descriptors: number, count: number, timeout: number): number;
  eventfd(initial: number, flags: number): number;
  /** `bytes` is an absolute address. */
  read(descriptor: number, bytes: number, length: number): number;
  write(descriptor: number, bytes: number, length: number): number;
  /** Sleeps, in microseconds. */
  usleep(time: number): number;
  /** errno of the last call above on this thread. */
  errno(): number;
  /** Absolute address of the first byte; the caller has to keep the bytes alive. */
  addressOf(bytes: Uint8Array): number;
}

/** True where the calls exist with the layouts above. */
export function hasBatchedCalls(): boolean {
  return process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
}

/**
 * Binds the calls on this thread.
 * @throws Error where the C library lacks one of them
 */
export function loadLibC(): LibC {
  const library = koffi.load(null);
  const memcpy = library.func('void *memcpy(void *to, const void *from, size_t length)');
  return {
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, const void *, uint32_t)'),
    getsockname: library.func('int getsockname(int, void *, void *)'),
    setsockopt: library.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    getsockopt: library.func('int getsockopt(int, int, int, void *, void *)'),
    close: library.func('int close(int)'),
    recvmmsg: library.func('int recvmmsg(int, uintptr_t, uint32_t, int, uintptr_t)'),
    sendmmsg: library.func('int sendmmsg(int, uintptr_t, uint32_t, int)'),
    poll: library.func('int poll(uintptr_t, unsigned long, int)'),
    eventfd: library.func('int eventfd(uint32_t, int)'),
    read: library.func('intptr_t read(int, uintptr_t, size_t)'),
    write: library.func('intptr_t write(int, uintptr_t, size_t)'),
    usleep: library.func('int usleep(uint32_t)'),
    errno: () => koffi.errno(),
    // memcpy of nothing returns its first argument, which is the address that JavaScript cannot see otherwise.
    addressOf: (bytes) => Number(koffi.address(memcpy(bytes, bytes, 0))),
  };
}
