package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// sleepers is the workload `sleep`.
func sleepers(c *Case) (*Workload, error) {
	p, length := c.Params, time.Duration(c.Params.Time)*time.Microsecond
	if p.Variant == "join-all" {
		return nil, Unsupported("a goroutine cannot sleep twice at once")
	}
	var early atomic.Int64
	nap := func(m *Meter) {
		asleep := time.Now()
		time.Sleep(length)
		slept := time.Since(asleep)
		if !m.begin().IsZero() {
			m.record(max(slept-length, 0))
		}
		if slept < length {
			early.Add(1)
		}
		m.done.Add(1)
	}
	together := func(m *Meter) {
		var all sync.WaitGroup
		begun := time.Now()
		for range p.Tasks {
			all.Add(1)
			go func() {
				nap(m)
				all.Done()
			}()
		}
		m.note("spawn_ns", float64(time.Since(begun))/float64(p.Tasks))
		all.Wait()
	}
	run := func(ops int64, m *Meter) error {
		for range ops / p.Tasks {
			if p.Variant == "spawn" {
				together(m)
			} else {
				for range p.Tasks {
					before := m.done.Load()
					if nap(m); m.done.Load()-before != 1 {
						return errors.New("a task did not wake alone and in order")
					}
				}
			}
			if early.Load() > 0 {
				return fmt.Errorf("%d of %d tasks woke before their time", early.Load(), p.Tasks)
			}
		}
		return nil
	}
	return &Workload{granule: p.Tasks, inFlight: p.Tasks, run: run}, nil
}

// batches is the workload `spawn`.
func batches(c *Case) (*Workload, error) {
	p, limit := c.Params, time.Duration(c.Params.Limit)*time.Microsecond
	switch p.Variant {
	case "wait", "cancel":
		return nil, Unsupported(noCancel)
	case "from-outside":
		return nil, Unsupported("there is no outside: every thread of a Go program runs goroutines")
	}
	var gone atomic.Int64
	work := func(number int64, begun time.Time, m *Meter) int64 {
		defer gone.Add(1)
		for range p.Yields {
			runtime.Gosched()
		}
		m.latency(begun)
		return number
	}
	start := func(number int64, m *Meter) chan int64 {
		result := make(chan int64, 1)
		begun := m.begin()
		go func() { result <- work(number, begun, m) }()
		if limit == 0 {
			return result
		}
		limited := make(chan int64, 1)
		go func() {
			within, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			select {
			case came := <-result:
				limited <- came
			case <-within.Done():
				limited <- -1
			}
		}()
		return limited
	}
	run := func(ops int64, m *Meter) error {
		for range ops / p.Tasks {
			gone.Store(0)
			results := make([]chan int64, p.Tasks)
			begun := time.Now()
			for number := range results {
				results[number] = start(int64(number), m)
			}
			m.note("spawn_ns", float64(time.Since(begun))/float64(p.Tasks))
			for number, result := range results {
				if came := <-result; came != int64(number) {
					return fmt.Errorf("task %d returned %d", number, came)
				}
			}
			if alive := p.Tasks - gone.Load(); alive != 0 {
				return fmt.Errorf("%d tasks are alive once all are joined", alive)
			}
			m.add(p.Tasks)
		}
		return nil
	}
	return &Workload{granule: p.Tasks, inFlight: p.Tasks, run: run}, nil
}

// given is a future to be completed, and what the one before brought.
type given struct {
	waiter, got int64
	first       bool
	future      chan value
}

type value struct {
	number int64
	at     time.Time
}

// waiters is the workload `wake`: channels of one value in place of futures.
func waiters(c *Case) (*Workload, error) {
	count := c.Params.Waiters
	giving := make(chan given, count)
	futures, completed := make([]chan value, count), int64(0)
	var meter atomic.Pointer[Meter]
	wait := func(waiter int64) {
		next := given{waiter: waiter, first: true}
		for {
			next.future = make(chan value, 1)
			giving <- next
			came := <-next.future
			if m := meter.Load(); m.counting {
				m.latency(came.at)
			}
			next.got, next.first = came.number, false
		}
	}
	collect := func(first int64, fresh bool) (outOfOrder float64, err error) {
		for turn := range count {
			next := <-giving
			if next.waiter != turn {
				outOfOrder++
			}
			if next.first != fresh || !fresh && next.got != first+next.waiter || futures[next.waiter] != nil {
				return 0, fmt.Errorf("waiter %d got %d, not value %d", next.waiter, next.got, first+next.waiter)
			}
			futures[next.waiter] = next.future
		}
		return outOfOrder, nil
	}
	for waiter := range count {
		go wait(waiter)
	}
	rounds := func(ops int64, m *Meter) error {
		total := 0.0
		if completed == 0 {
			if _, err := collect(0, true); err != nil {
				return err
			}
		}
		for range ops / count {
			first := completed
			for waiter, future := range futures {
				futures[waiter] = nil
				future <- value{number: completed, at: m.begin()}
				completed++
			}
			outOfOrder, err := collect(first, false)
			if err != nil {
				return err
			}
			total += outOfOrder
			m.add(count)
		}
		m.note("resumed_out_of_order", total/float64(ops))
		return nil
	}
	run := func(ops int64, m *Meter) error {
		meter.Store(m)
		ended := make(chan error)
		go func() {
			if c.Params.By == "thread" {
				// A thread of its own, on which nothing else runs.
				runtime.LockOSThread()
			}
			ended <- rounds(ops, m)
		}()
		return <-ended
	}
	return &Workload{granule: count, inFlight: count, run: run}, nil
}
