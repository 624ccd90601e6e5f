// Downloads over kept connections with Node's own client.
'use strict';
const http = require('node:http');
const net = require('node:net');
const { Download, operateAll, peersOf } = require('./common.js');

const BODIES = 8;

// An agent with one connection, which is open already.
async function connect({ host, port }) {
  const socket = net.connect(port, host).setNoDelay(true);
  await new Promise((go, fail) => socket.once('connect', go).once('error', fail));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let unused = socket;
  agent.createConnection = () => {
    if (!unused) throw new Error('the server closed a kept connection');
    const open = unused;
    unused = undefined;
    return open;
  };
  return agent;
}

function get(options) {
  return new Promise((go, fail) => {
    const request = http.get(options, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => go([response.statusCode, Buffer.concat(pieces)]));
      response.on('error', fail);
    });
    request.on('error', fail);
  });
}

module.exports = {
  async 'http-fetch'(prepare) {
    const { conns, rate, set } = prepare.params;
    const [peer] = peersOf(prepare, 'http');
    const downloads = Array.from({ length: BODIES }, (_, seed) => new Download(prepare.params, seed));
    const agents = [];
    for (let connection = 0; connection < conns; connection++) agents.push(await connect(peer));
    // The downloads of a connection take the bodies in turn.
    const fetches = (agent, connection) => {
      let number = connection;
      return async () => {
        const download = downloads[number++ % BODIES];
        download.check(...(await get({ agent, host: peer.host, port: peer.port, path: download.path })));
      };
    };
    return {
      granule: set,
      inFlight: conns,
      run: (_, meter) => operateAll(meter, rate, agents.map(fetches)),
      close: () => agents.forEach((agent) => agent.destroy()),
    };
  },
};
