// The workload `redis`, with node-redis.
'use strict';
const { PAIRS, Wrong, operateAll, peersOf } = require('./common.js');

// A client that sends nothing but what it is asked for: no HELLO, no CLIENT SETINFO.
async function connectRedis(peer) {
  const { createClient } = require('redis');
  const client = createClient({
    socket: { host: peer.host, port: peer.port, reconnectStrategy: false },
    username: peer.user,
    password: peer.password,
    database: peer.database,
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
  client.on('error', () => {}); // Whoever waits for an answer gets it too.
  return client.connect();
}

// The tutorial's example: stores three pairs and reads them back.
async function setAndGetAll(client) {
  const added = await client.hSet('car', PAIRS);
  if (!Number.isInteger(added) || added < 0 || added > 3) throw new Wrong(`HSET answered ${added}`);
  const pairs = await client.hGetAll('car');
  const keys = Object.keys(pairs).sort();
  if (keys.join() !== Object.keys(PAIRS).join() || keys.some((key) => pairs[key] !== PAIRS[key])) {
    throw new Wrong(`HGETALL answered ${JSON.stringify(pairs)}`);
  }
  return Object.fromEntries(keys.map((key) => [key, pairs[key]]));
}

async function redis(prepare) {
  const { conns, servers, reuse, rate } = prepare.params;
  const peers = peersOf(prepare, 'redis', servers);
  const seats = Array.from({ length: conns }, (_, number) => peers[number % servers]);
  const clients = reuse ? await Promise.all(seats.map(connectRedis)) : [];
  const session = async (peer) => {
    const client = await connectRedis(peer);
    await setAndGetAll(client);
    await client.close();
  };
  const operations = reuse ? clients.map((client) => () => setAndGetAll(client)) : seats.map((peer) => () => session(peer));
  return {
    granule: 1,
    inFlight: conns,
    run: (_, meter) => operateAll(meter, rate, operations),
    close: () => clients.forEach((client) => client.destroy()),
  };
}

module.exports = { redis, connectRedis, setAndGetAll };
