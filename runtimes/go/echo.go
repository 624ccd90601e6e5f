package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

func echo(c *Case) (*Workload, error) {
	if c.Params.Role == "client" {
		return echoClient(c)
	}
	size := c.Params.Size
	return open(c, size, fields{"echo": fields{"size": size, "seed": c.Seed}}, func(s *served) {
		for {
			conn, err := s.Accept()
			if err != nil {
				s.failed(err)
				return
			}
			go func() { s.failed(sendBack(conn, size, s)) }()
		}
	})
}

// sendBack is one connection of the server: bytes go back at once, as they came.
func sendBack(conn net.Conn, size int64, s *served) error {
	defer conn.Close()
	buffer, part := make([]byte, size), int64(0)
	for {
		length, err := conn.Read(buffer)
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		part += int64(length)
		if part >= size {
			s.meter.Load().add(part / size)
			part %= size
		}
		if _, err := conn.Write(buffer[:length]); err != nil {
			return err
		}
	}
}

func echoClient(c *Case) (*Workload, error) {
	peer, err := c.peer("echo")
	if err != nil {
		return nil, err
	}
	template := body(c.Params.Size, c.Seed)
	exchanges := make([]func() error, c.Params.Conns)
	for connection := range exchanges {
		conn, err := dial(peer.Address)
		if err != nil {
			return nil, err
		}
		exchanges[connection] = exchange(conn, uint64(connection), bytes.Clone(template))
	}
	run := func(_ int64, m *Meter) error { return operateAll(m, c.Params.Rate, exchanges) }
	return &Workload{granule: 1, inFlight: c.Params.Conns, run: run}, nil
}

// exchange is the operation of one connection: a message that differs from all others goes out and has to come back.
func exchange(conn net.Conn, connection uint64, message []byte) func() error {
	number, echo, stamp := uint64(0), make([]byte, len(message)), make([]byte, 16)
	return func() error {
		binary.LittleEndian.PutUint64(stamp, connection)
		binary.LittleEndian.PutUint64(stamp[8:], number)
		copy(message, stamp)
		number++
		if _, err := conn.Write(message); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, echo); err != nil {
			return err
		}
		if !bytes.Equal(message, echo) {
			return fmt.Errorf("the echo of message %d on connection %d differs", number-1, connection)
		}
		return nil
	}
}
