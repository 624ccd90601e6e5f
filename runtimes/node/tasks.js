// The workloads `sleep` and `spawn`: promises in place of tasks.
'use strict';
const { EARLY_NS, Unsupported, Wrong, giveWay, sleep } = require('./common.js');
const { clock } = require('./meter.js');

class Sleep {
  constructor({ params }) {
    this.tasks = this.granule = this.inFlight = params.tasks;
    this.ns = params.time * 1000;
    this.variant = params.variant;
  }

  async run(ops, meter) {
    for (let fanOut = 0; fanOut < ops / this.tasks; fanOut++) {
      const early = this.variant === 'sequential-await' ? await this.oneByOne(meter) : await this.together(meter);
      if (early > 0) throw new Wrong(`${early} of ${this.tasks} tasks woke before their time`);
    }
  }

  // Returns whether it woke too early.
  async nap(meter) {
    const asleep = clock();
    await sleep(this.ns / 1e6);
    const slept = clock() - asleep;
    if (meter.begin()) meter.latencies.push(Math.max(slept - this.ns, 0));
    meter.done += 1;
    return slept < this.ns - EARLY_NS;
  }

  async together(meter) {
    const begun = clock();
    const naps = Array.from({ length: this.tasks }, () => this.nap(meter));
    meter.note('spawn_ns', (clock() - begun) / this.tasks);
    return (await Promise.all(naps)).filter(Boolean).length;
  }

  async oneByOne(meter) {
    let early = 0;
    for (let number = 0; number < this.tasks; number++) {
      const before = meter.done;
      early += await this.nap(meter);
      if (meter.done - before !== 1) throw new Wrong(`task ${number} did not wake alone and in order`);
    }
    return early;
  }
}

class Spawn {
  constructor({ params }) {
    this.tasks = this.granule = this.inFlight = params.tasks;
    this.yields = params.yields;
    this.limitMs = params.limit / 1000;
    if (params.variant === 'wait' || params.variant === 'cancel') throw new Unsupported('a promise cannot be stopped');
    if (params.variant === 'from-outside') throw new Unsupported('a worker thread has a loop of its own: it cannot start tasks of another');
  }

  async run(ops, meter) {
    for (let batch = 0; batch < ops / this.tasks; batch++) {
      const gone = { count: 0 };
      const begun = clock();
      const tasks = Array.from({ length: this.tasks }, (_, number) => this.start(number, gone, meter));
      meter.note('spawn_ns', (clock() - begun) / this.tasks);
      for (let number = 0; number < this.tasks; number++) {
        const came = await tasks[number];
        if (came !== number) throw new Wrong(`task ${number} returned ${came}`);
      }
      if (gone.count !== this.tasks) throw new Wrong(`${this.tasks - gone.count} tasks are alive once all are joined`);
      meter.add(this.tasks);
    }
  }

  start(number, gone, meter) {
    const work = this.work(number, gone, meter.begin(), meter);
    if (!this.limitMs) return work;
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => fail(new Wrong(`task ${number} was ended by a limit`)), this.limitMs);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  async work(number, gone, begun, meter) {
    for (let yields = 0; yields < this.yields; yields++) await giveWay();
    if (begun) meter.latencies.push(clock() - begun);
    gone.count += 1;
    return number;
  }
}

module.exports = { sleep: (prepare) => new Sleep(prepare), spawn: (prepare) => new Spawn(prepare) };
