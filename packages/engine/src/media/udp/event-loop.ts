/**
 * Node's event loop seen from outside: the descriptor that becomes readable when the loop has work.
 *
 * The media worker sleeps in poll(2), where the event loop cannot wake it. libuv keeps one epoll descriptor per
 * loop (uv_backend_fd), and an epoll descriptor can itself be polled: put beside the sockets, a message from the
 * control plane or bytes on a TCP connection end the sleep at once, and an idle worker really sleeps.
 */
import koffi from 'koffi';

/**
 * @returns the descriptor of this thread's event loop, or null where the runtime does not export what it takes;
 *   then sleeps have to be short instead
 */
export function eventLoopDescriptor(): number | null {
  try {
    const runtime = koffi.load(null);
    // v8::Isolate::GetCurrent() and node::GetCurrentEventLoop(v8::Isolate*), both public in Node's headers.
    const currentIsolate = runtime.func('_ZN2v87Isolate10GetCurrentEv', 'void *', []);
    const currentLoop = runtime.func('_ZN4node19GetCurrentEventLoopEPN2v87IsolateE', 'void *', ['void *']);
    const backend = runtime.func('uv_backend_fd', 'int', ['void *']);
    const loop: unknown = currentLoop(currentIsolate());
    if (loop === null) return null;
    const descriptor = Number(backend(loop));
    return descriptor >= 0 ? descriptor : null;
  } catch {
    return null;
  }
}
