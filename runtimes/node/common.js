// What the workloads share: faults, bytes, checks, and when a connection begins its next operation.
'use strict';
const zlib = require('node:zlib');
const { clock } = require('./meter.js');

// The runtime cannot do it by its nature, or this guest lacks it: no error.
class Unsupported extends Error {}
// A check failed: the slice has no time.
class Wrong extends Error {}

const PAIRS = { key1: '1', key2: '2', key3: '3' };
// libuv counts milliseconds of a clock that it reads once a turn.
const EARLY_NS = 1e6;

const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
const giveWay = () => new Promise((go) => setImmediate(go));

async function sleepUntil(due) {
  for (let left = due - clock(); left > 0; left = due - clock()) {
    // A timer takes a millisecond at least; nearer than that, the loop goes round.
    await (left > 1e6 ? sleep(Math.floor(left / 1e6)) : giveWay());
  }
}

// The operations of one connection: in a closed loop its share, in an open loop those that it is free for.
async function operate(meter, rate, seat, seats, operation) {
  if (!rate) {
    const share = Math.floor(meter.ops / seats) + (seat < meter.ops % seats ? 1 : 0);
    for (let number = 0; number < share; number++) {
      const begun = meter.begin();
      await operation();
      meter.end(begun);
    }
    return;
  }
  for (let due = meter.claim(rate); due !== undefined; due = meter.claim(rate)) {
    await sleepUntil(due);
    await operation();
    meter.respond(due);
  }
}

const operateAll = (meter, rate, operations) =>
  Promise.all(operations.map((operation, seat) => operate(meter, rate, seat, operations.length, operation)));

// The first `size` bytes of splitmix64's output for a seed.
function body(size, seed) {
  const bytes = Buffer.alloc(Math.ceil(size / 8) * 8);
  let state = BigInt(seed);
  for (let at = 0; at < size; at += 8) {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = BigInt.asUintN(64, (state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    bytes.writeBigUInt64LE(z ^ (z >> 31n), at);
  }
  return bytes.subarray(0, size);
}

// One of the bodies that `http-fetch` asks for, and its check.
class Download {
  constructor(params, seed) {
    const stalls = params.stall ? `&stall_us=${params.stall}&stall_every_us=${params['stall-every']}` : '';
    this.path = `/body/${params.size}/${seed}?delay_us=${params.delay}${stalls}`;
    this.size = params.size;
    this.crc32 = zlib.crc32(body(params.size, seed));
  }

  check(status, came) {
    if (status !== 200 || came.length !== this.size || zlib.crc32(came) !== this.crc32) {
      throw new Wrong(`a download of ${this.path}: status ${status}, ${came.length} bytes`);
    }
  }
}

function peersOf(prepare, kind, wanted = 1) {
  const found = prepare.peers.filter((peer) => peer.kind === kind);
  if (found.length !== wanted) throw new Error(`${wanted} peers of the kind ${kind} are needed, ${found.length} were given`);
  return found.map((peer) => {
    const at = peer.address.lastIndexOf(':');
    return { ...peer, host: peer.address.slice(0, at).replace(/[[\]]/g, ''), port: Number(peer.address.slice(at + 1)) };
  });
}

module.exports = {
  Unsupported, Wrong, PAIRS, EARLY_NS, sleep, giveWay, operateAll, body, Download, peersOf,
};
