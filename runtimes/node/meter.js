// The stamps of one slice, and latencies as an HdrHistogram in its V2 encoding.
'use strict';
const zlib = require('node:zlib');

const STRETCHES = 20, FEWEST_STRETCHES = 8, BURSTS_PER_STRETCH = 4;
const LONGEST = 3.6e12, HALF = 1024;

// Nanoseconds of a monotonic clock.
const clock = () => Math.round(performance.now() * 1e6);

class Meter {
  // `counting`: every latency is recorded, and notes. Otherwise one in `oneIn` operations is stamped, none if that is
  // 0, and its latency added to `samples`.
  // `late` is called once `limitMs` have passed.
  constructor(ops, { granule = 1, inFlight = 1, counting = false, oneIn = 0, samples = [], limitMs, late }) {
    Object.assign(this, { ops, counting, oneIn, done: 0, claimed: 0, notes: {}, responses: [], stamps: [] });
    this.latencies = counting ? [] : samples;
    this.untilStamp = oneIn;
    const stride = Math.max(Math.ceil(ops / STRETCHES), inFlight * BURSTS_PER_STRETCH);
    this.stride = granule === 1 && Math.floor(ops / stride) >= FEWEST_STRETCHES ? stride : Infinity;
    this.due = this.stride;
    Object.assign(this, { limitNs: limitMs * 1e6, late, look: 1 });
  }

  start() {
    this.started = clock();
  }

  // A stamp if the latency of this operation is wanted, otherwise 0.
  begin() {
    if (this.counting) return clock();
    if (this.oneIn === 0 || --this.untilStamp > 0) return 0;
    // Not every n-th: connections take turns, and it would be the same one again and again.
    this.untilStamp = 1 + Math.floor(Math.random() * (2 * this.oneIn - 1));
    return clock();
  }

  end(begun) {
    if (begun !== 0) this.latencies.push(clock() - begun);
    this.add(1);
  }

  add(ops) {
    this.done += ops;
    while (this.done >= this.due) {
      this.stamps.push(clock() - this.started);
      this.due += this.stride;
    }
    if (this.done >= this.look) this.watch();
  }

  // A loop that is never idle runs no timer: about every 10 ms, the time limit is looked at here.
  watch() {
    const passed = clock() - this.started;
    if (passed >= this.limitNs) this.late();
    this.look = this.done + Math.max(Math.round((this.done * 1e7) / Math.max(passed, 1)), 1);
  }

  // The intended start of the next operation of an open loop; undefined when all are taken.
  claim(rate) {
    if (this.claimed >= this.ops) return undefined;
    return this.started + Math.floor((this.claimed++ * 1e9) / rate);
  }

  respond(intended) {
    this.responses.push(clock() - intended);
    this.add(1);
  }

  note(name, value) {
    if (this.counting) this.notes[name] = value;
  }

  // The median stretch, scaled to the slice; the slice itself where it has too few.
  typicalNs(wholeNs) {
    if (this.stamps.length < FEWEST_STRETCHES) return wholeNs;
    const stretches = this.stamps.map((stamp, index) => stamp - (this.stamps[index - 1] ?? 0)).sort((a, b) => a - b);
    const middle = stretches.length >> 1;
    const median = stretches.length % 2 ? stretches[middle] : (stretches[middle - 1] + stretches[middle]) / 2;
    return Math.max(Math.round((median * this.ops) / this.stride), 1);
  }
}

// The counter of a latency.
function place(ns) {
  const bucket = Math.max(Math.floor(Math.log2(ns)) - 10, 0);
  return bucket * HALF + Math.floor(ns / 2 ** bucket);
}

// A number as ZigZag LEB128.
function zigzag(number) {
  let rest = number >= 0 ? number * 2 : -number * 2 - 1;
  const bytes = [];
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

// The histogram of latencies in nanoseconds, as text.
function encode(latencies) {
  const counts = new Map();
  for (const ns of latencies) {
    const at = place(Math.min(Math.max(ns, 1), LONGEST));
    counts.set(at, (counts.get(at) ?? 0) + 1);
  }
  const payload = [];
  let at = 0;
  for (const [next, count] of [...counts].sort((a, b) => a[0] - b[0])) {
    // A run of empty counters is one negative number; a single one is a zero.
    if (next > at) payload.push(...zigzag(next - at > 1 ? at - next : 0));
    payload.push(...zigzag(count));
    at = next + 1;
  }
  const head = Buffer.alloc(40);
  head.writeInt32BE(0x1c849313, 0);
  head.writeInt32BE(payload.length, 4);
  head.writeInt32BE(3, 12);
  head.writeBigInt64BE(1n, 16);
  head.writeBigInt64BE(BigInt(LONGEST), 24);
  head.writeDoubleBE(1, 32);
  const deflated = zlib.deflateSync(Buffer.concat([head, Buffer.from(payload)]));
  const front = Buffer.alloc(8);
  front.writeInt32BE(0x1c849314, 0);
  front.writeInt32BE(deflated.length, 4);
  return Buffer.concat([front, deflated]).toString('base64');
}

module.exports = { Meter, clock, encode };
