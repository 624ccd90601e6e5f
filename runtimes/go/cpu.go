package main

import (
	"fmt"
	"runtime"
	"time"
)

// steps of a xorshift generator.
func steps(state uint64, count int64) uint64 {
	for range count {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
	}
	return state
}

// leap finds the same in another way: a step is linear over bits, so `count` of them are a power of its matrix.
func leap(state uint64, count int64) uint64 {
	var columns [64]uint64
	for bit := range columns {
		columns[bit] = steps(1<<bit, 1)
	}
	times := func(matrix *[64]uint64, vector uint64) (product uint64) {
		for bit, column := range matrix {
			if vector>>bit&1 == 1 {
				product ^= column
			}
		}
		return product
	}
	for ; count > 0; count /= 2 {
		if count%2 == 1 {
			state = times(&columns, state)
		}
		squared := columns
		for bit, column := range squared {
			columns[bit] = times(&squared, column)
		}
	}
	return state
}

// beats waits for times that are fixed beforehand, until `ended` is closed, and records how late each comes.
func beats(beat time.Duration, m *Meter, ended <-chan struct{}, early chan<- error) {
	next := time.Now().Add(beat)
	var fault error
	for over := false; !over; {
		select {
		case <-ended:
			over = true
		case <-time.After(time.Until(next)):
		}
		now := time.Now()
		if !over && now.Before(next) {
			fault = fmt.Errorf("a beat came %v before its time", next.Sub(now))
		}
		for ; !next.After(now); next = next.Add(beat) {
			if m.counting {
				m.record(now.Sub(next))
			}
		}
	}
	early <- fault
}

// computation is the workload `cpu`.
func computation(c *Case) (*Workload, error) {
	p, start := c.Params, c.Seed|1
	expected, stretch := leap(start, p.Steps), p.YieldEvery
	if stretch == 0 {
		stretch = p.Steps
	}
	compute := func(m *Meter) uint64 {
		var begun time.Time
		// Latencies are those of the tasks that wait, where there are any.
		if p.Beside == 0 {
			begun = m.begin()
		}
		state, left := start, p.Steps
		for ; left > stretch; left -= stretch {
			state = steps(state, stretch)
			runtime.Gosched()
		}
		state = steps(state, left)
		m.end(begun)
		return state
	}
	run := func(ops int64, m *Meter) error {
		ended, early := make(chan struct{}), make(chan error, p.Beside)
		for range p.Beside {
			go beats(time.Duration(p.Beat)*time.Microsecond, m, ended, early)
		}
		results := make(chan uint64, p.Tasks)
		for range ops / p.Tasks {
			for range p.Tasks {
				go func() { results <- compute(m) }()
			}
			for range p.Tasks {
				if result := <-results; result != expected {
					return fmt.Errorf("computed %#x, expected %#x", result, expected)
				}
			}
		}
		close(ended)
		for range p.Beside {
			if err := <-early; err != nil {
				return err
			}
		}
		return nil
	}
	return &Workload{granule: p.Tasks, inFlight: p.Tasks, run: run}, nil
}
