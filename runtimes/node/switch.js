// Tasks in a ring that hand over, each to the next.
'use strict';
const { Wrong, giveWay } = require('./common.js');
const { clock } = require('./meter.js');

// Whose turn it is, and who had it last. Turns are numbered from 0 and never restart, over all slices.
class Turns {
  constructor(size) {
    Object.assign(this, { size, turn: 0, goal: 0, last: size - 1, outOfOrder: false });
  }

  begin(ops, meter) {
    Object.assign(this, { meter, goal: this.turn + ops, at: clock() });
    return this.turn;
  }

  handOver(place) {
    if (this.last !== (place || this.size) - 1) this.outOfOrder = true;
    this.last = place;
    this.turn += 1;
    if (this.meter.counting) {
      const now = clock();
      this.meter.latencies.push(now - this.at);
      this.at = now;
    }
    this.meter.add(1);
    return this.turn;
  }

  end() {
    if (this.turn !== this.goal) throw new Wrong(`the ring went on to turn ${this.turn}, not to ${this.goal}`);
    if (this.outOfOrder) throw new Wrong('a hand-over did not come from the predecessor in the ring');
  }
}

// Members await a promise each, which their predecessor completes.
class Waking {
  constructor(size) {
    this.turns = new Turns(size);
    this.wake = new Array(size);
    for (let place = 0; place < size; place++) this.member(place);
  }

  async run(ops, meter) {
    const first = this.turns.begin(ops, meter);
    const over = new Promise((end) => (this.end = end));
    this.wake[first % this.turns.size]();
    await over;
    this.turns.end();
  }

  async member(place) {
    const following = (place + 1) % this.turns.size;
    for (;;) {
      await new Promise((wake) => (this.wake[place] = wake));
      if (this.turns.handOver(place) === this.turns.goal) this.end();
      else this.wake[following]();
    }
  }
}

// Members give way until it is their turn. Places are taken in the order in which members first run.
class Yielding {
  constructor(size) {
    this.turns = new Turns(size);
  }

  async run(ops, meter) {
    const { turns } = this;
    const first = turns.begin(ops, meter);
    turns.last = turns.size - 1;
    const members = Array.from({ length: turns.size }, (_, place) => this.member(place, first + place));
    const vain = (await Promise.all(members)).reduce((sum, more) => sum + more, 0);
    meter.note('in_vain_per_hand_over', vain / ops);
    // A yield lets all others run: the turn moves on at least once in every round.
    if (vain > 2 * (turns.size - 1) * (ops + 1)) throw new Wrong(`${vain} runs in vain for ${ops} hand-overs`);
    turns.end();
  }

  async member(place, mine) {
    const { turns } = this;
    let vain = 0;
    while (turns.turn !== turns.goal) {
      if (turns.turn === mine) {
        turns.handOver(place);
        mine += turns.size;
      } else {
        vain += 1;
      }
      await giveWay();
    }
    return vain;
  }
}

// No loop: generators that one function resumes in turn.
class Generators {
  constructor(size) {
    const turns = (this.turns = new Turns(size));
    function* member(place) {
      for (;;) {
        turns.handOver(place);
        yield;
      }
    }
    this.frames = Array.from({ length: size }, (_, place) => member(place));
  }

  async run(ops, meter) {
    const { turns, frames } = this;
    for (let turn = turns.begin(ops, meter); turn < turns.goal; ) {
      frames[turn % turns.size].next();
      turn += 1;
      if (turns.turn !== turn) throw new Wrong(`the member resumed for turn ${turn - 1} did not take it`);
    }
    turns.end();
  }
}

const RINGS = { 'wake-other': Waking, 'yield-now': Yielding, generator: Generators };

module.exports = {
  switch({ params }) {
    const rings = Array.from({ length: params.rings }, () => new RINGS[params.variant](params.tasks));
    return {
      granule: params.rings,
      inFlight: params.rings,
      run: (ops, meter) => Promise.all(rings.map((ring) => ring.run(ops / params.rings, meter))),
    };
  },
};
