// A computation that never waits, in one go or giving way, alone or beside tasks that wait.
'use strict';
const { EARLY_NS, Wrong, giveWay } = require('./common.js');
const { clock } = require('./meter.js');

const word = (number) => BigInt.asUintN(64, number);

// `count` steps of a xorshift generator of 64 bits, in two halves of 32.
function steps([high, low], count) {
  for (let step = 0; step < count; step++) {
    high ^= (high << 13) | (low >>> 19);
    low ^= low << 13;
    low ^= (low >>> 7) | (high << 25);
    high ^= high >>> 7;
    high ^= (high << 17) | (low >>> 15);
    low ^= low << 17;
  }
  return [high, low];
}

const halves = (state) => [Number(state >> 32n) | 0, Number(state & 0xffffffffn) | 0];
const whole = ([high, low]) => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

// The same in another way: a step is linear over bits, so `count` of them are a power of its matrix.
function leap(state, count) {
  const step = (s) => {
    s ^= word(s << 13n);
    s ^= s >> 7n;
    return s ^ word(s << 17n);
  };
  let columns = Array.from({ length: 64 }, (_, bit) => step(1n << BigInt(bit)));
  const times = (matrix, vector) => matrix.reduce((sum, column, bit) => ((vector >> BigInt(bit)) & 1n ? sum ^ column : sum), 0n);
  for (let rest = count; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2) state = times(columns, state);
    const squared = columns;
    columns = squared.map((column) => times(squared, column));
  }
  return state;
}

// Beats at times that are fixed beforehand.
class Heartbeat {
  constructor(beatNs, meter) {
    Object.assign(this, { beatNs, meter, next: clock() + beatNs });
    this.wait();
  }

  wait() {
    this.timer = setTimeout(() => {
      const now = clock();
      if (now + EARLY_NS < this.next) this.fault = new Wrong(`a beat came ${this.next - now} ns before its time`);
      this.tell(Math.max(now, this.next));
      this.wait();
    }, (this.next - clock()) / 1e6);
  }

  tell(now) {
    for (; this.next <= now; this.next += this.beatNs) {
      if (this.meter.counting) this.meter.latencies.push(now - this.next);
    }
  }

  end() {
    clearTimeout(this.timer);
    this.tell(clock());
    if (this.fault) throw this.fault;
  }
}

class Cpu {
  constructor({ params, seed }) {
    Object.assign(this, { steps: params.steps, tasks: params.tasks, beside: params.beside, beatNs: params.beat * 1000 });
    this.granule = this.inFlight = params.tasks;
    this.stretch = params['yield-every'] || params.steps;
    const start = BigInt(seed) | 1n;
    this.start = halves(start);
    this.expected = leap(start, params.steps);
  }

  async run(ops, meter) {
    const beats = Array.from({ length: this.beside }, () => new Heartbeat(this.beatNs, meter));
    for (let round = 0; round < ops / this.tasks; round++) {
      const results = await Promise.all(Array.from({ length: this.tasks }, () => this.compute(meter)));
      for (const result of results) {
        if (result !== this.expected) throw new Wrong(`computed ${result.toString(16)}, expected ${this.expected.toString(16)}`);
      }
    }
    for (const beat of beats) beat.end();
  }

  async compute(meter) {
    // Latencies are those of the tasks that wait, where there are any.
    const begun = this.beside ? 0 : meter.begin();
    let state = this.start;
    let left = this.steps;
    for (; left > this.stretch; left -= this.stretch) {
      state = steps(state, this.stretch);
      await giveWay();
    }
    const result = whole(steps(state, left));
    meter.end(begun);
    return result;
  }
}

module.exports = { cpu: (prepare) => new Cpu(prepare) };
