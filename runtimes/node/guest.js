// Node.js as a guest of loopswap: the conversation of a runner, as in harness/protocol/PROTOCOL.md.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { EARLY_NS, Unsupported } = require('./common.js');
const { Meter, clock, encode } = require('./meter.js');

const NAME = process.argv[2] ?? 'node';
const MODULES = {
  sleep: './tasks.js', cpu: './cpu.js', switch: './switch.js', spawn: './tasks.js',
  echo: './echo.js', 'http-fetch': './http.js', redis: './redis.js', mysql: './mysql.js', service: './service.js',
};
// The parameter of a workload that is a word, and the words that are known here: loopswap may have others some day.
const WORDS = {
  sleep: ['variant', ['spawn', 'join-all', 'sequential-await']],
  switch: ['variant', ['wake-other', 'yield-now', 'generator']],
  spawn: ['variant', ['join', 'from-outside', 'wait', 'cancel']],
  echo: ['role', ['server', 'client']],
  service: ['path', ['root', 'red', 'sql']],
};
const NO_CANCEL = 'a promise cannot be stopped';

// One line, written at once.
const say = (message) => fs.writeSync(1, JSON.stringify(message) + '\n');

// The version of a package.
function installed(name) {
  const described = fs.readFileSync(path.join(process.env.NODE_PATH, name, 'package.json'), 'utf8');
  return JSON.parse(described).version;
}

function hello() {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ').trim() || 'none';
  return {
    protocol: 1,
    workloads: Object.keys(MODULES).sort(),
    runtime: {
      name: NAME, package: 'node', version: process.versions.node, driver: 'epoll', topology: 'single-thread',
      about: "JavaScript on libuv's event loop",
      unsupported: { cancel: NO_CANCEL },
      language: 'JavaScript',
      interpreter: { name: 'V8', version: process.versions.v8 },
      loop: `libuv ${process.versions.uv}`,
      libraries: { redis: installed('redis'), mysql2: installed('mysql2') },
      settings: { flags },
      notes: [
        'a promise is no task: its code runs in that of whoever completes it',
        'timers count whole milliseconds of a clock read once a turn of the loop, from 1 ms on',
      ],
      timer_early_ns: EARLY_NS,
    },
  };
}

function memory(key) {
  const status = fs.readFileSync('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)[1]) * 1024;
}

async function slice(workload, prepare, command, order, samples) {
  const { ops, tally = false, stamp_one_in: oneIn = 0, traced = false } = order;
  const { granule, inFlight } = workload;
  const late = () => {
    say({ unfinished: { done: meter.done, ops, ns: clock() - meter.started } });
    process.exit(0);
  };
  const limitMs = prepare.limit_ms;
  const counting = command === 'count' && !tally;
  const meter = new Meter(ops, { granule, inFlight, counting, oneIn, samples, limitMs, late });
  const before = process.resourceUsage();
  const cpu = process.cpuUsage();
  const mark = () => traced && fs.writeSync(1, '');
  mark();
  meter.start();
  // From the same moment on: a timer counts whole milliseconds of a clock that may be behind.
  const limit = setTimeout(late, limitMs + 1);
  if (ops > 0) await workload.run(ops, meter);
  const ns = clock() - meter.started;
  mark();
  clearTimeout(limit);
  const used = process.cpuUsage(cpu);
  if (command === 'slice') {
    const fields = { ops, ns, typical_ns: meter.typicalNs(ns), cpu_ns: (used.user + used.system) * 1000 };
    if (!prepare.params.rate) return say({ slice: fields });
    return say({ paced: { ...fields, typical_ns: ns, response: meter.adopted ?? encode(meter.responses) } });
  }
  const after = process.resourceUsage();
  const found = meter.responses.length ? meter.responses : meter.latencies;
  const latency = meter.adopted ?? (found.length ? encode(found) : undefined);
  return say({
    count: {
      ops,
      voluntary_switches: after.voluntaryContextSwitches - before.voluntaryContextSwitches,
      involuntary_switches: after.involuntaryContextSwitches - before.involuntaryContextSwitches,
      rss_peak_bytes: memory('VmHWM'),
      ...(tally ? {} : { latency }),
      notes: meter.notes,
    },
  });
}

// The module that has the workload of a `prepare` message.
function moduleOf({ workload, params }) {
  if (workload === 'mysql') throw new Unsupported(NO_MYSQL);
  if (!Object.hasOwn(MODULES, workload)) throw new Unsupported(`the guest ${NAME} has no workload ${workload}`);
  const [name, known] = WORDS[workload] ?? [];
  if (name && !known.includes(params[name])) {
    throw new Unsupported(`the guest ${NAME} has no ${workload} with ${name} = ${params[name]}`);
  }
  return MODULES[workload];
}

async function converse() {
  say({ hello: hello() });
  let workload, prepare;
  const samples = [];
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [[command, order]] = Object.entries(JSON.parse(line));
    if (command === 'prepare' && !workload) {
      prepare = order;
      workload = await require(moduleOf(order))[order.workload](order);
      say({ ready: { threads: 1, rss_bytes: memory('VmRSS') } });
    } else if (command === 'bye') {
      await workload?.close?.();
      return say({ bye: samples.length ? { latency: encode(samples) } : {} });
    } else if ((command === 'slice' || command === 'count') && workload) {
      await slice(workload, prepare, command, order, samples);
    } else {
      throw new Error(`\`${command}\` does not come now`);
    }
  }
}

converse().then(
  () => process.exit(0),
  (fault) => {
    say(fault instanceof Unsupported ? { unsupported: { reason: fault.message } } : { error: { message: String(fault) } });
    process.exit(0);
  },
);
