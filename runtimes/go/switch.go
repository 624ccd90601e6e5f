package main

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"
	"time"
)

// turns says whose turn it is in a ring, and who had it last. They are numbered from 0 and never restart.
type turns struct {
	size, goal, last int64
	turn             atomic.Int64
	outOfOrder       bool
	meter            *Meter
	at               time.Time
}

func newTurns(size int64) *turns { return &turns{size: size, last: size - 1} }

func (t *turns) begin(ops int64, m *Meter) int64 {
	first := t.turn.Load()
	t.meter, t.goal, t.at = m, first+ops, time.Now()
	return first
}

// handOver is called by the member that has the turn, and by no other.
func (t *turns) handOver(place int64) int64 {
	if t.last != (place+t.size-1)%t.size {
		t.outOfOrder = true
	}
	t.last = place
	if t.meter.counting {
		now := time.Now()
		t.meter.record(now.Sub(t.at))
		t.at = now
	}
	t.meter.add(1)
	return t.turn.Add(1)
}

func (t *turns) end() error {
	if turn := t.turn.Load(); turn != t.goal {
		return fmt.Errorf("the ring went on to turn %d, not to %d", turn, t.goal)
	}
	if t.outOfOrder {
		return errors.New("a hand-over did not come from the predecessor in the ring")
	}
	return nil
}

// ring does so many hand-overs.
type ring func(ops int64, m *Meter) error

// waking is a ring whose members wait at a channel each, until their predecessor sends.
func waking(size int64) ring {
	t, seats, over := newTurns(size), make([]chan struct{}, size), make(chan struct{})
	for place := range seats {
		seats[place] = make(chan struct{}, 1)
	}
	member := func(place int64) {
		next := seats[(place+1)%size]
		for range seats[place] {
			// Read first: once the turn is handed over, another slice may begin.
			if goal := t.goal; t.handOver(place) == goal {
				over <- struct{}{}
			} else {
				next <- struct{}{}
			}
		}
	}
	for place := range size {
		go member(place)
	}
	return func(ops int64, m *Meter) error {
		seats[t.begin(ops, m)%size] <- struct{}{}
		<-over
		return t.end()
	}
}

// yielding is a ring whose members give way until it is their turn.
func yielding(size int64) ring {
	t := newTurns(size)
	member := func(place, mine int64) (vain int64) {
		goal := t.goal
		for turn := t.turn.Load(); turn != goal; turn = t.turn.Load() {
			if turn == mine {
				t.handOver(place)
				mine += size
			} else {
				vain++
			}
			runtime.Gosched()
		}
		return vain
	}
	return func(ops int64, m *Meter) error {
		first, vains, all := t.begin(ops, m), make(chan int64), int64(0)
		t.last = size - 1
		for place := range size {
			go func() { vains <- member(place, first+place) }()
		}
		for range size {
			all += <-vains
		}
		m.note("in_vain_per_hand_over", float64(all)/float64(ops))
		return t.end()
	}
}

// generators are resumed in turn by one goroutine: coroutines of the package iter.
func generators(size int64) ring {
	t, resume := newTurns(size), make([]func() (struct{}, bool), size)
	for place := range resume {
		resume[place], _ = iter.Pull(func(yield func(struct{}) bool) {
			for t.handOver(int64(place)); yield(struct{}{}); {
				t.handOver(int64(place))
			}
		})
	}
	return func(ops int64, m *Meter) error {
		for turn := t.begin(ops, m); turn < t.goal; {
			resume[turn%size]()
			if turn++; t.turn.Load() != turn {
				return fmt.Errorf("the member resumed for turn %d did not take it", turn-1)
			}
		}
		return t.end()
	}
}

// rings is the workload `switch`.
func rings(c *Case) (*Workload, error) {
	kinds := map[string]func(int64) ring{"wake-other": waking, "yield-now": yielding, "generator": generators}
	all := make([]ring, c.Params.Rings)
	for index := range all {
		all[index] = kinds[c.Params.Variant](c.Params.Tasks)
	}
	count := c.Params.Rings
	run := func(ops int64, m *Meter) error {
		return together(len(all), func(index int) error { return all[index](ops/count, m) })
	}
	return &Workload{granule: count, inFlight: count, run: run}, nil
}
