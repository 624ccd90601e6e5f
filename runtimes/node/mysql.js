// The workload `mysql`, with mysql2.
'use strict';
const { Wrong, operateAll, peersOf } = require('./common.js');

const SELECT = 'SELECT Host,User FROM user';
const SELECT_ONE = `${SELECT} WHERE User = ?`;

const connectMysql = (peer) =>
  require('mysql2/promise').createConnection({
    host: peer.host, port: peer.port, user: peer.user ?? 'root', password: peer.password ?? '', database: 'mysql',
  });

// Host and user of every account of a peer, sorted, as objects.
function accountsOf(peer) {
  if (!peer.accounts?.length) throw new Error('the MySQL peer was given without its accounts: no row could be checked');
  return sorted(peer.accounts.map(([Host, User]) => ({ Host, User })));
}

// By code units, as the bytes of letters and signs of ASCII are.
function sorted(rows) {
  const key = ({ Host, User }) => `${Host}\0${User}`;
  return rows.map(({ Host, User }) => ({ Host, User })).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

// Exactly the expected rows, in any order.
function check(rows, expected) {
  const [came, wanted] = [JSON.stringify(sorted(rows)), JSON.stringify(expected)];
  if (came !== wanted) throw new Wrong(`got the rows ${came} instead of ${wanted}`);
}

async function selectAll(connection) {
  const [rows] = await connection.query(SELECT);
  return rows;
}

// One connection: what it is to select, and what has to come.
class Seat {
  constructor(peer, isPrepared) {
    Object.assign(this, { peer, isPrepared, accounts: accountsOf(peer), done: 0 });
  }

  async connect() {
    const connection = await connectMysql(this.peer);
    if (this.isPrepared) await connection.prepare(SELECT_ONE);
    return connection;
  }

  async operation(connection) {
    if (!this.isPrepared) return check(await selectAll(connection), this.accounts);
    const { User: user } = this.accounts[this.done++ % this.accounts.length];
    // The client knows statements by their text.
    const [rows] = await connection.execute(SELECT_ONE, [user]);
    return check(rows, this.accounts.filter(({ User }) => User === user));
  }

  async session() {
    const connection = await this.connect();
    await this.operation(connection);
    await connection.end();
  }
}

async function mysql(prepare) {
  const { conns, servers, reuse, rate, query } = prepare.params;
  const peers = peersOf(prepare, 'mysql', servers);
  const seats = Array.from({ length: conns }, (_, number) => new Seat(peers[number % servers], query === 'prepared'));
  const connections = reuse ? await Promise.all(seats.map((seat) => seat.connect())) : [];
  const operations = seats.map((seat, at) => (reuse ? () => seat.operation(connections[at]) : () => seat.session()));
  return {
    granule: 1,
    inFlight: conns,
    run: (_, meter) => operateAll(meter, rate, operations),
    close: () => Promise.all(connections.map((connection) => connection.end())),
  };
}

module.exports = { mysql, connectMysql, accountsOf, selectAll, sorted };
