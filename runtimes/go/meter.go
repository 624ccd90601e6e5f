package main

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

const (
	stretches, fewestStretches, burstsPerStretch = 20, 8, 4
	longestNs, half                              = 3_600_000_000_000, 1024
)

// Meter has the stamps of one slice; it is shared by all goroutines of it.
type Meter struct {
	ops      int64
	counting bool
	oneIn    int64
	started  time.Time
	stride   int64
	done     atomic.Int64
	claimed  atomic.Int64

	lock      sync.Mutex
	latencies *[]int64
	responses []int64
	stamps    []int64
	notes     map[string]float64
	// adopted is the encoded latencies of all operations, where another process stamped them.
	adopted string
}

// newMeter makes the meter of a slice of `ops` operations. While it is counting, all latencies are recorded, and
// otherwise those of one in `oneIn` operations, into `samples`.
func newMeter(ops, granule, inFlight int64, counting bool, oneIn int64, samples *[]int64) *Meter {
	stride := max((ops+stretches-1)/stretches, inFlight*burstsPerStretch)
	if granule > 1 || ops/stride < fewestStretches {
		stride = 0
	}
	if counting {
		samples = new([]int64)
	}
	return &Meter{ops: ops, counting: counting, oneIn: oneIn, stride: stride, latencies: samples, notes: map[string]float64{}}
}

// begin returns a stamp if the latency of this operation is wanted, otherwise the zero time.
func (m *Meter) begin() time.Time {
	if m.counting || m.oneIn > 0 && rand.Int64N(m.oneIn) == 0 {
		return time.Now()
	}
	return time.Time{}
}

// end ends an operation.
func (m *Meter) end(begun time.Time) {
	m.latency(begun)
	m.add(1)
}

// latency records the time since a stamp, if it is one.
func (m *Meter) latency(begun time.Time) {
	if !begun.IsZero() {
		m.record(time.Since(begun))
	}
}

func (m *Meter) record(latency time.Duration) {
	m.lock.Lock()
	*m.latencies = append(*m.latencies, int64(latency))
	m.lock.Unlock()
}

// add counts operations that have ended.
func (m *Meter) add(ops int64) {
	now := m.done.Add(ops)
	if m.stride > 0 && now/m.stride > (now-ops)/m.stride {
		m.lock.Lock()
		m.stamps = append(m.stamps, int64(time.Since(m.started)))
		m.lock.Unlock()
	}
}

// claim returns the intended start of the next operation of an open loop; false when all are taken.
func (m *Meter) claim(rate int64) (time.Time, bool) {
	number := m.claimed.Add(1) - 1
	return m.started.Add(time.Duration(number * 1_000_000_000 / rate)), number < m.ops
}

// respond ends an operation of an open loop.
func (m *Meter) respond(intended time.Time) {
	response := int64(time.Since(intended))
	m.lock.Lock()
	m.responses = append(m.responses, response)
	m.lock.Unlock()
	m.add(1)
}

func (m *Meter) note(name string, value float64) {
	if m.counting {
		m.lock.Lock()
		m.notes[name] = value
		m.lock.Unlock()
	}
}

// typicalNs is the median stretch, scaled to the slice; the slice itself where it has too few.
func (m *Meter) typicalNs(wholeNs int64) int64 {
	if len(m.stamps) < fewestStretches {
		return wholeNs
	}
	sort.Slice(m.stamps, func(a, b int) bool { return m.stamps[a] < m.stamps[b] })
	lengths := make([]float64, len(m.stamps))
	before := int64(0)
	for index, stamp := range m.stamps {
		lengths[index], before = float64(stamp-before), stamp
	}
	sort.Float64s(lengths)
	middle := len(lengths) / 2
	median := lengths[middle]
	if len(lengths)%2 == 0 {
		median = (lengths[middle-1] + median) / 2
	}
	return max(int64(math.Round(median*float64(m.ops)/float64(m.stride))), 1)
}

// encode makes an HdrHistogram of latencies in nanoseconds: V2, deflated, base64; 1 ns to 1 h, three digits.
func encode(latencies []int64) string {
	counts := map[int64]int64{}
	for _, ns := range latencies {
		ns = min(max(ns, 1), longestNs)
		bucket := max(bits.Len64(uint64(ns))-11, 0)
		counts[int64(bucket)*half+ns>>bucket]++
	}
	places := make([]int64, 0, len(counts))
	for place := range counts {
		places = append(places, place)
	}
	sort.Slice(places, func(a, b int) bool { return places[a] < places[b] })
	payload, at := []byte{}, int64(0)
	for _, place := range places {
		// A run of empty counters is one negative number; a single one is a zero. (AppendVarint is ZigZag LEB128.)
		if empty := place - at; empty > 1 {
			payload = binary.AppendVarint(payload, -empty)
		} else if empty == 1 {
			payload = binary.AppendVarint(payload, 0)
		}
		payload = binary.AppendVarint(payload, counts[place])
		at = place + 1
	}
	var deflated, all bytes.Buffer
	squeeze := zlib.NewWriter(&deflated)
	for _, part := range []any{int32(0x1c849313), int32(len(payload)), int32(0), int32(3), int64(1), int64(longestNs), 1.0, payload} {
		must(binary.Write(squeeze, binary.BigEndian, part))
	}
	must(squeeze.Close())
	for _, part := range []any{int32(0x1c849314), int32(deflated.Len()), deflated.Bytes()} {
		must(binary.Write(&all, binary.BigEndian, part))
	}
	return base64.StdEncoding.EncodeToString(all.Bytes())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
