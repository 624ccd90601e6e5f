package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net"
	"slices"
	"time"
)

// together calls a function in a goroutine for each number, and returns the first fault.
func together(count int, each func(index int) error) error {
	faults := make(chan error, count)
	for index := range count {
		go func() { faults <- each(index) }()
	}
	var first error
	for range count {
		if fault := <-faults; first == nil {
			first = fault
		}
	}
	return first
}

// operateAll runs the operations of connections, a goroutine each: in a closed loop its share, in an open loop those
// that it is free for.
func operateAll(m *Meter, rate int64, operations []func() error) error {
	return together(len(operations), func(seat int) error {
		if rate == 0 {
			seats := int64(len(operations))
			share := m.ops / seats
			if int64(seat) < m.ops%seats {
				share++
			}
			for range share {
				begun := m.begin()
				if err := operations[seat](); err != nil {
					return err
				}
				m.end(begun)
			}
			return nil
		}
		for intended, more := m.claim(rate); more; intended, more = m.claim(rate) {
			time.Sleep(time.Until(intended))
			if err := operations[seat](); err != nil {
				return err
			}
			m.respond(intended)
		}
		return nil
	})
}

func (c *Case) peers(kind string, wanted int64) ([]Peer, error) {
	found := slices.DeleteFunc(slices.Clone(c.Peers), func(peer Peer) bool { return peer.Kind != kind })
	if int64(len(found)) != wanted {
		return nil, fmt.Errorf("%d peers of the kind %s are needed, %d were given", wanted, kind, len(found))
	}
	return found, nil
}

func (c *Case) peer(kind string) (Peer, error) {
	found, err := c.peers(kind, 1)
	if err != nil {
		return Peer{}, err
	}
	return found[0], nil
}

// body is the first `size` bytes of splitmix64's output for a seed.
func body(size int64, seed uint64) []byte {
	bytes := make([]byte, 0, size+8)
	for state := seed; int64(len(bytes)) < size; {
		state += 0x9E3779B97F4A7C15
		z := (state ^ state>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		bytes = binary.LittleEndian.AppendUint64(bytes, z^z>>31)
	}
	return bytes[:size]
}

// download is one of the bodies that `http-fetch` asks for.
type download struct {
	url   string
	size  int64
	crc32 uint32
}

// bodies are distinct bodies: download d on connection c takes the seed (c + d) mod 8.
const bodies = 8

func newDownload(p Params, address string, seed uint64) download {
	url := fmt.Sprintf("http://%s/body/%d/%d?delay_us=%d", address, p.Size, seed, p.Delay)
	if p.Stall > 0 {
		url += fmt.Sprintf("&stall_us=%d&stall_every_us=%d", p.Stall, p.StallEvery)
	}
	return download{url: url, size: p.Size, crc32: crc32.ChecksumIEEE(body(p.Size, seed))}
}

func (d download) check(status int, came []byte) error {
	if status != 200 || int64(len(came)) != d.size || crc32.ChecksumIEEE(came) != d.crc32 {
		return fmt.Errorf("%s: status %d, %d bytes", d.url, status, len(came))
	}
	return nil
}

// dial connects. (Go's connections have TCP_NODELAY from the start.)
func dial(address string) (net.Conn, error) { return net.Dial("tcp", address) }

// lines is a conversation in lines of JSON.
type lines struct {
	out *json.Encoder
	in  *json.Decoder
}

func over(conn net.Conn) lines { return lines{out: json.NewEncoder(conn), in: json.NewDecoder(conn)} }

// ask sends an order and reads the answer into `answer`.
func (l lines) ask(order string, body fields, expected string, answer any) error {
	if err := l.out.Encode(fields{order: body}); err != nil {
		return err
	}
	message := map[string]json.RawMessage{}
	if err := l.in.Decode(&message); err != nil {
		return err
	}
	for kind, said := range message {
		if kind != expected {
			return fmt.Errorf("the load client answered %s with %s: %s", order, kind, said)
		}
		if answer != nil {
			return json.Unmarshal(said, answer)
		}
	}
	return nil
}
