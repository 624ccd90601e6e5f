package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"strconv"
)

var pairs = map[string]string{"key1": "1", "key2": "2", "key3": "3"}

// redisConn is a connection to Redis, used by one goroutine at a time: RESP 2, since the standard library has no client.
type redisConn struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

func connectRedis(peer Peer) (*redisConn, error) {
	conn, err := dial(peer.Address)
	if err != nil {
		return nil, err
	}
	r := &redisConn{conn: conn, in: bufio.NewReader(conn)}
	if peer.Password != "" {
		login := []string{"AUTH", peer.User, peer.Password}
		if peer.User == "" {
			login = []string{"AUTH", peer.Password}
		}
		if _, err := r.ask(login...); err != nil {
			return nil, err
		}
	}
	if peer.Database != nil && *peer.Database != 0 {
		_, err = r.ask("SELECT", strconv.Itoa(*peer.Database))
	}
	return r, err
}

func (r *redisConn) ask(words ...string) (any, error) {
	r.out = fmt.Appendf(r.out[:0], "*%d\r\n", len(words))
	for _, word := range words {
		r.out = append(r.out, '$')
		r.out = strconv.AppendInt(r.out, int64(len(word)), 10)
		r.out = append(r.out, "\r\n"...)
		r.out = append(append(r.out, word...), "\r\n"...)
	}
	if _, err := r.conn.Write(r.out); err != nil {
		return nil, err
	}
	return r.answer()
}

func (r *redisConn) answer() (any, error) {
	line, err := r.in.ReadString('\n')
	if err != nil || len(line) < 3 {
		return nil, fmt.Errorf("reading from Redis: %q, %v", line, err)
	}
	kind, rest := line[0], line[1:len(line)-2]
	if kind == '+' {
		return rest, nil
	} else if kind == '-' {
		return nil, fmt.Errorf("Redis answered %s", rest)
	}
	number, err := strconv.ParseInt(rest, 10, 64)
	if err != nil || kind == ':' {
		return number, err
	}
	if number < 0 {
		return nil, nil
	}
	switch kind {
	case '$':
		text := make([]byte, number+2)
		_, err := io.ReadFull(r.in, text)
		return string(text[:number]), err
	case '*':
		parts := make([]any, number)
		for index := range parts {
			if parts[index], err = r.answer(); err != nil {
				return nil, err
			}
		}
		return parts, nil
	}
	return nil, fmt.Errorf("Redis answered %q", line)
}

// setAndGetAll is the tutorial's example: stores three pairs and reads them back.
func (r *redisConn) setAndGetAll() (map[string]string, error) {
	added, err := r.ask("HSET", "car", "key1", "1", "key2", "2", "key3", "3")
	if err != nil {
		return nil, err
	}
	if number, isInteger := added.(int64); !isInteger || number < 0 || number > 3 {
		return nil, fmt.Errorf("HSET answered %v", added)
	}
	answer, err := r.ask("HGETALL", "car")
	if err != nil {
		return nil, err
	}
	parts, _ := answer.([]any)
	came := map[string]string{}
	for index := 0; index+1 < len(parts); index += 2 {
		came[fmt.Sprint(parts[index])] = fmt.Sprint(parts[index+1])
	}
	if len(parts) != 2*len(pairs) || !maps.Equal(came, pairs) {
		return nil, fmt.Errorf("HGETALL answered %v", answer)
	}
	return came, nil
}

func redis(c *Case) (*Workload, error) {
	peers, err := c.peers("redis", c.Params.Servers)
	if err != nil {
		return nil, err
	}
	operations := make([]func() error, c.Params.Conns)
	for number := range operations {
		peer := peers[number%len(peers)]
		operations[number] = func() error { return session(peer) }
		if c.Params.Reuse {
			conn, err := connectRedis(peer)
			if err != nil {
				return nil, err
			}
			operations[number] = func() error {
				_, err := conn.setAndGetAll()
				return err
			}
		}
	}
	run := func(_ int64, m *Meter) error { return operateAll(m, c.Params.Rate, operations) }
	return &Workload{granule: 1, inFlight: c.Params.Conns, run: run}, nil
}

// session connects and closes within an operation.
func session(peer Peer) error {
	conn, err := connectRedis(peer)
	if err != nil {
		return err
	}
	if _, err := conn.setAndGetAll(); err != nil {
		return err
	}
	return conn.conn.Close()
}
