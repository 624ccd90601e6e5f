// A service with Node's own HTTP server, with Redis or MySQL behind it.
'use strict';
const http = require('node:http');
const { PAIRS, peersOf, sleep } = require('./common.js');
const { accountsOf, connectMysql, selectAll, sorted } = require('./mysql.js');
const { connectRedis, setAndGetAll } = require('./redis.js');
const { Served } = require('./served.js');

// Connections that all requests share; who finds none waits for one that comes back.
class Pool {
  constructor(connections) {
    Object.assign(this, { idle: connections, waiting: [] });
  }

  async use(work) {
    const connection = this.idle.pop() ?? (await new Promise((go) => this.waiting.push(go)));
    const result = await work(connection);
    const next = this.waiting.shift();
    if (next) next(connection);
    else this.idle.push(connection);
    return result;
  }
}

// For each path: where the load client asks, what it expects, and how to answer.
const PATHS = {
  root: async () => ({ path: '/', target: '/', expected: { message: 'hello world' }, answer: async () => ({ message: 'hello world' }) }),
  async red(prepare) {
    const [peer] = peersOf(prepare, 'redis');
    const pool = new Pool(await Promise.all(Array.from({ length: prepare.params.pool }, () => connectRedis(peer))));
    const answer = async (query) => {
      const us = Number(query.get('sleep_us') ?? 0);
      if (us) await sleep(us / 1000);
      return pool.use(setAndGetAll);
    };
    const close = () => pool.idle.forEach((client) => client.destroy());
    return { path: '/red', target: `/red?sleep_us=${prepare.params.sleep}`, expected: PAIRS, answer, close };
  },
  async sql(prepare) {
    const [peer] = peersOf(prepare, 'mysql');
    const pool = new Pool(await Promise.all(Array.from({ length: prepare.params.pool }, () => connectMysql(peer))));
    const close = () => Promise.all(pool.idle.map((connection) => connection.end()));
    const answer = async () => sorted(await pool.use(selectAll));
    return { path: '/sql', target: '/sql', expected: accountsOf(peer), answer, close };
  },
};

module.exports = {
  async service(prepare) {
    const { path, target, expected, answer, close } = await PATHS[prepare.params.path](prepare);
    const body = JSON.stringify(expected);
    const served = new Served(prepare, Buffer.byteLength(body));
    served.end = close;
    const server = http.createServer((request, response) => {
      const [asked, query = ''] = request.url.split('?');
      if (asked !== path) return response.writeHead(404).end();
      return answer(new URLSearchParams(query)).then(
        (document) => {
          const text = JSON.stringify(document);
          served.meter.add(1);
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
        },
        (fault) => {
          served.fault = fault;
          response.writeHead(500).end();
        },
      );
    });
    // Idle connections are kept between slices.
    Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 });
    return served.open(server, { http: { path: target, body } });
  },
};
