/** Ctrl-C, or the end that a supervisor asks for. */
export function untilInterrupted() {
  const state = { is: false, promise: Promise.resolve() };
  state.promise = new Promise((resolve) => {
    const end = () => {
      state.is = true;
      resolve();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
  });
  return state;
}
