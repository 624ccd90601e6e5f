package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// downloads is the workload `http-fetch`: a client with one open connection for each.
func downloads(c *Case) (*Workload, error) {
	peer, err := c.peer("http")
	if err != nil {
		return nil, err
	}
	all := make([]download, bodies)
	for seed := range all {
		all[seed] = newDownload(c.Params, peer.Address, uint64(seed))
	}
	clients := make([]*http.Client, c.Params.Conns)
	for connection := range clients {
		conn, err := dial(peer.Address)
		if err != nil {
			return nil, err
		}
		clients[connection] = clientOver(conn)
	}
	run := func(_ int64, m *Meter) error {
		fetches := make([]func() error, len(clients))
		for connection, client := range clients {
			number := connection
			fetches[connection] = func() error {
				wanted := all[number%bodies]
				number++
				return fetch(client, wanted)
			}
		}
		return operateAll(m, c.Params.Rate, fetches)
	}
	return &Workload{granule: c.Params.Set, inFlight: c.Params.Conns, run: run}, nil
}

// clientOver is a client that has this connection and gets no other.
func clientOver(conn net.Conn) *http.Client {
	return &http.Client{Transport: &http.Transport{
		MaxConnsPerHost: 1,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			if conn == nil {
				return nil, errors.New("the server closed a kept connection")
			}
			open := conn
			conn = nil
			return open, nil
		},
	}}
}

func fetch(client *http.Client, wanted download) error {
	response, err := client.Get(wanted.url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	came, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return wanted.check(response.StatusCode, came)
}

// service is the workload `service`, with net/http's server.
func service(c *Case) (*Workload, error) {
	var target, path string
	var document any
	pool := make(chan *redisConn, max(c.Params.Pool, 1))
	switch c.Params.Path {
	case "sql":
		return nil, Unsupported("Go's standard library has no MySQL driver")
	case "red":
		target, path, document = "/red?sleep_us="+strconv.FormatInt(c.Params.Sleep, 10), "/red", pairs
		peer, err := c.peer("redis")
		if err != nil {
			return nil, err
		}
		for range c.Params.Pool {
			conn, err := connectRedis(peer)
			if err != nil {
				return nil, err
			}
			pool <- conn
		}
	default:
		target, path, document = "/", "/", map[string]string{"message": "hello world"}
	}
	expected, err := json.Marshal(document)
	must(err)
	return open(c, int64(len(expected)), fields{"http": fields{"path": target, "body": string(expected)}}, func(s *served) {
		s.failed(http.Serve(s, handler(s, path, pool)))
	})
}

func handler(s *served, path string, pool chan *redisConn) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, asked *http.Request) {
		var document any = map[string]string{"message": "hello world"}
		if asked.URL.Path != path {
			http.NotFound(out, asked)
			return
		}
		if path == "/red" {
			if us, _ := strconv.ParseInt(asked.URL.Query().Get("sleep_us"), 10, 64); us > 0 {
				time.Sleep(time.Duration(us) * time.Microsecond)
			}
			conn := <-pool
			came, err := conn.setAndGetAll()
			pool <- conn
			if err != nil {
				s.failed(err)
				http.Error(out, err.Error(), http.StatusInternalServerError)
				return
			}
			document = came
		}
		text, err := json.Marshal(document)
		must(err)
		s.meter.Load().add(1)
		out.Header().Set("Content-Type", "application/json")
		_, err = out.Write(text)
		s.failed(err)
	})
}
