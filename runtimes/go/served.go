package main

import (
	"fmt"
	"net"
	"sync/atomic"
)

// batch is how many connections the load client is asked to open at once.
const batch = 512

// served is a server under the load of the load client.
type served struct {
	rate, size int64
	control    lines
	listener   net.Listener
	meter      atomic.Pointer[Meter]
	fault      atomic.Pointer[error]
	accepted   chan struct{}
}

// Accept counts, so that a server of the standard library can be used as it is.
func (s *served) Accept() (net.Conn, error) {
	conn, err := s.listener.Accept()
	if err == nil {
		s.accepted <- struct{}{}
	}
	return conn, err
}
func (s *served) Close() error   { return s.listener.Close() }
func (s *served) Addr() net.Addr { return s.listener.Addr() }

func (s *served) failed(err error) {
	if err != nil {
		s.fault.CompareAndSwap(nil, &err)
	}
}

// open serves with `serve`, has the load client connect, and waits until all are there. An operation has `size` bytes.
// (Go listens with the backlog of the system, net.core.somaxconn.)
func open(c *Case, size int64, operation fields, serve func(*served)) (*Workload, error) {
	peer, err := c.peer("load")
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	control, err := dial(peer.Address)
	if err != nil {
		return nil, err
	}
	s := &served{rate: c.Params.Rate, size: size, control: over(control), listener: listener, accepted: make(chan struct{}, batch)}
	go serve(s)
	begin := fields{"address": listener.Addr().String(), "operation": operation}
	if err := s.control.ask("begin", begin, "begun", nil); err != nil {
		return nil, err
	}
	for awaited := int64(0); awaited < c.Params.Conns; {
		more := min(batch, c.Params.Conns-awaited)
		awaited += more
		if err := s.control.ask("connect", fields{"connections": more}, "connected", nil); err != nil {
			return nil, err
		}
		for range more {
			<-s.accepted
		}
	}
	end := func() { _ = s.control.ask("close", fields{}, "closed", nil) }
	return &Workload{granule: max(c.Params.Set, 1), inFlight: c.Params.Conns, run: s.run, close: end}, nil
}

func (s *served) run(ops int64, m *Meter) error {
	s.meter.Store(m)
	var ran struct {
		Ops, Bytes int64
		Latency    string
	}
	err := s.control.ask("run", fields{"ops": ops, "rate": s.rate, "latency": m.counting}, "ran", &ran)
	if fault := s.fault.Load(); fault != nil {
		return *fault
	}
	if err != nil {
		return err
	}
	if done := m.done.Load(); ran.Ops != ops || ran.Bytes != ops*s.size || done != ops {
		return fmt.Errorf("asked for %d operations of %d bytes together; %d were served, the load client counts %d of %d bytes",
			ops, ops*s.size, done, ran.Ops, ran.Bytes)
	}
	if m.adopted = ran.Latency; m.counting && m.adopted == "" {
		return fmt.Errorf("the load client reports no latencies")
	}
	return nil
}
