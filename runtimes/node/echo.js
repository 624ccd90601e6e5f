// Messages over TCP that come back: as server and as client.
'use strict';
const net = require('node:net');
const { Wrong, body, operateAll, peersOf } = require('./common.js');
const { Served } = require('./served.js');

// Bytes go back at once, as they came.
function server(prepare) {
  const { size } = prepare.params;
  const served = new Served(prepare, size);
  const listening = net.createServer((socket) => {
    let part = 0;
    socket.on('data', (data) => {
      part += data.length;
      if (part >= size) {
        served.meter.add(Math.floor(part / size));
        part %= size;
      }
      socket.write(data);
    });
  });
  return served.open(listening, { echo: { size, seed: prepare.seed } });
}

// One connection that exchanges a message at a time.
class Seat {
  constructor(connection, template) {
    Object.assign(this, { connection, message: Buffer.from(template), number: 0 });
  }

  connect({ host, port }) {
    this.socket = net.connect(port, host).setNoDelay(true);
    this.socket.on('data', (data) => this.came(data));
    this.socket.on('close', () => this.fail?.(new Error('the echo server closed the connection')));
    return new Promise((go, fail) => this.socket.once('connect', () => go(this)).once('error', fail));
  }

  exchange() {
    const stamp = Buffer.alloc(16);
    stamp.writeBigUInt64LE(BigInt(this.connection), 0);
    stamp.writeBigUInt64LE(BigInt(this.number++), 8);
    stamp.copy(this.message, 0, 0, Math.min(16, this.message.length));
    this.at = 0;
    this.socket.write(this.message);
    return new Promise((go, fail) => Object.assign(this, { go, fail }));
  }

  came(data) {
    const end = this.at + data.length;
    if (end > this.message.length || data.compare(this.message, this.at, end) !== 0) {
      return this.fail(new Wrong(`bytes ${this.at} to ${end} of the echo of message ${this.number - 1} on connection ${this.connection} differ`));
    }
    this.at = end;
    if (end === this.message.length) this.go();
  }
}

async function client(prepare) {
  const { conns, size, rate } = prepare.params;
  const [peer] = peersOf(prepare, 'echo');
  const template = body(size, prepare.seed);
  const seats = [];
  for (let connection = 0; connection < conns; connection++) seats.push(await new Seat(connection, template).connect(peer));
  return {
    granule: 1,
    inFlight: conns,
    run: (_, meter) => operateAll(meter, rate, seats.map((seat) => () => seat.exchange())),
    close: () => seats.forEach((seat) => seat.socket.destroy()),
  };
}

module.exports = { echo: (prepare) => (prepare.params.role === 'server' ? server(prepare) : client(prepare)) };
