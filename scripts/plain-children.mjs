// Loaded into each test process after tap's own loaders. Tap hands those on to every child process: by the environment,
// by a hook on spawn, and by execArgv in fork. The children of our tests are the program itself, which has to run as a
// user would run it: without the loaders it starts twice as fast, and as another user it cannot write into tap's folder.
process.execArgv.length = 0;
delete process.env.NODE_OPTIONS;
const onSpawn = globalThis[Symbol.for('process-on-spawn@*:singletonId')];
if (onSpawn !== undefined) onSpawn.listeners.length = 0;
