/** How often the shell that runs us is looked for, in milliseconds. */
const PARENT_CHECK_INTERVAL = 200;

/**
 * npm runs us in a shell. A SIGTERM to npm goes to that shell, which dies of it and tells us nothing: then we end
 * in order all the same.
 */
export function endWithParent() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_INTERVAL);
  timer.unref();
}
