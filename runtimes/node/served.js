// A server under the load of the load client, which is driven over its control connection.
'use strict';
const net = require('node:net');
const readline = require('node:readline');
const { Wrong, peersOf } = require('./common.js');

const BATCH = 512, BACKLOG = 1024;

class Served {
  // `size`: bytes of the payload of an operation.
  constructor(prepare, size) {
    Object.assign(this, { size, rate: prepare.params.rate, wanted: prepare.params.conns, peer: peersOf(prepare, 'load')[0] });
    Object.assign(this, { accepted: 0, awaited: 0, inFlight: prepare.params.conns, granule: prepare.params.set ?? 1 });
  }

  // Listens with a server, has the load client connect, and waits until all are there.
  async open(server, operation) {
    server.on('connection', (socket) => {
      socket.setNoDelay(true);
      socket.on('error', (fault) => (this.fault ??= fault));
      this.accepted += 1;
      if (this.accepted >= this.awaited) this.arrived?.();
    });
    await new Promise((go) => server.listen({ host: '127.0.0.1', port: 0, backlog: BACKLOG }, go));
    this.control = net.connect(this.peer.port, this.peer.host).setNoDelay(true);
    this.lines = readline.createInterface({ input: this.control })[Symbol.asyncIterator]();
    await this.ask('begin', { address: `127.0.0.1:${server.address().port}`, operation }, 'begun');
    while (this.awaited < this.wanted) {
      const connections = Math.min(BATCH, this.wanted - this.awaited);
      this.awaited += connections;
      await this.ask('connect', { connections }, 'connected');
      if (this.accepted < this.awaited) await new Promise((go) => (this.arrived = go));
    }
    return this;
  }

  async run(ops, meter) {
    this.meter = meter;
    const ran = await this.ask('run', { ops, rate: this.rate, latency: meter.counting }, 'ran');
    if (this.fault) throw this.fault;
    if (ran.ops !== ops || ran.bytes !== ops * this.size || meter.done !== ops) {
      throw new Wrong(`asked for ${ops} operations of ${ops * this.size} bytes together; ${meter.done} were served, the load client counts ${ran.ops} of ${ran.bytes} bytes`);
    }
    meter.adopted = ran.latency;
    if (meter.counting && !meter.adopted) throw new Wrong('the load client reports no latencies');
  }

  async close() {
    await this.ask('close', {}, 'closed');
    await this.end?.();
  }

  async ask(order, fields, expected) {
    this.control.write(JSON.stringify({ [order]: fields }) + '\n');
    const { value, done } = await this.lines.next();
    if (done) throw this.fault ?? new Error('the load client closed the connection');
    const [[kind, answer]] = Object.entries(JSON.parse(value));
    if (kind === 'wrong') throw new Wrong(answer.message);
    if (kind !== expected) throw new Error(`the load client answered ${order} with ${kind}: ${answer.message}`);
    return answer;
  }
}

module.exports = { Served };
