// A guest of loopswap: goroutines, as a runner of the protocol in harness/protocol/PROTOCOL.md.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Unsupported is the reason why the runtime cannot do it by its nature, or why this guest lacks it: no error.
type Unsupported string

func (reason Unsupported) Error() string { return string(reason) }

// Workload is a case that is prepared. A slice may be cut into stretches where its operations end one by one.
type Workload struct {
	granule, inFlight int64
	run               func(ops int64, m *Meter) error
	close             func()
}

// Case is what a `prepare` message says.
type Case struct {
	Workload string
	Params   Params
	Peers    []Peer
	Threads  int
	Seed     uint64
	LimitMs  int64 `json:"limit_ms"`
}

// Params are those of all workloads together: times in microseconds, sizes in bytes.
type Params struct {
	Tasks, Time, Steps, Beside, Beat, Rings, Yields, Limit, Waiters int64
	Conns, Size, Delay, Set, Rate, Stall, Servers, Pool, Sleep      int64
	YieldEvery                                                      int64 `json:"yield-every"`
	StallEvery                                                      int64 `json:"stall-every"`
	Variant, By, Role, Path                                         string
	Reuse                                                           bool
}

// Peer is a process that a workload talks to.
type Peer struct {
	Kind, Address, User, Password string
	Database                      *int
}

type order struct {
	Ops        int64
	StampOneIn int64 `json:"stamp_one_in"`
	Tally      bool
	Traced     bool
}

type fields map[string]any

var workloads = map[string]func(*Case) (*Workload, error){
	"sleep": sleepers, "cpu": computation, "switch": rings, "spawn": batches, "wake": waiters, "echo": echo,
	"http-fetch": downloads, "redis": redis, "service": service,
}

// words are those that are known here, for the parameter of a workload that is a word: loopswap may have others some day.
var words = map[string][]string{
	"sleep": {"spawn", "join-all", "sequential-await"}, "switch": {"wake-other", "yield-now", "generator"},
	"spawn": {"join", "from-outside", "wait", "cancel"}, "wake": {"task", "thread"}, "echo": {"server", "client"},
	"service": {"root", "red", "sql"},
}

func say(message string, body fields) {
	line, err := json.Marshal(fields{message: body})
	must(err)
	_, err = os.Stdout.Write(append(line, '\n'))
	must(err)
}

func hello() {
	names := []string{}
	for name := range workloads {
		names = append(names, name)
	}
	settings := fields{"GOGC": setting("GOGC", "100"), "GOFLAGS": setting("GOFLAGS", "none")}
	say("hello", fields{"protocol": 1, "workloads": names, "runtime": fields{
		"name": "go", "package": "go", "version": strings.TrimPrefix(runtime.Version(), "go"), "driver": "epoll",
		"topology":    "work-stealing",
		"about":       "goroutines on threads that steal work",
		"unsupported": fields{"cancel": noCancel},
		"language":    "Go",
		"settings":    settings,
		"notes": []string{
			"a goroutine has a stack, of 2 KiB at first",
			"a goroutine is preempted where it computes for 10 ms",
		},
	}})
}

const noCancel = "a goroutine cannot be stopped from outside"

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// memory is a line of /proc/self/status in bytes.
func memory(key string) int64 {
	status, err := os.ReadFile("/proc/self/status")
	must(err)
	kib, err := strconv.ParseInt(regexp.MustCompile(key+`:\s+(\d+)`).FindStringSubmatch(string(status))[1], 10, 64)
	must(err)
	return kib * 1024
}

func usage() (switches [2]int64, cpuNs int64) {
	var used syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return [2]int64{used.Nvcsw, used.Nivcsw}, used.Utime.Nano() + used.Stime.Nano()
}

func slice(w *Workload, c *Case, command string, o order, samples *[]int64) error {
	counting := command == "count" && !o.Tally
	m := newMeter(o.Ops, w.granule, w.inFlight, counting, o.StampOneIn, samples)
	switches, cpu := usage()
	m.started = time.Now()
	limit := time.AfterFunc(time.Duration(c.LimitMs)*time.Millisecond, func() {
		say("unfinished", fields{"done": m.done.Load(), "ops": o.Ops, "ns": int64(time.Since(m.started))})
		os.Exit(0)
	})
	mark(o.Traced)
	m.started = time.Now()
	var err error
	if o.Ops > 0 {
		err = w.run(o.Ops, m)
	}
	ns := int64(time.Since(m.started))
	mark(o.Traced)
	limit.Stop()
	if err != nil {
		return err
	}
	after, cpuAfter := usage()
	found := *m.latencies
	if len(m.responses) > 0 {
		found = m.responses
	}
	if command == "count" {
		body := fields{"ops": o.Ops, "voluntary_switches": after[0] - switches[0], "involuntary_switches": after[1] - switches[1],
			"rss_peak_bytes": memory("VmHWM"), "notes": m.notes}
		if m.adopted != "" && counting {
			body["latency"] = m.adopted
		} else if counting && len(found) > 0 {
			body["latency"] = encode(found)
		}
		say("count", body)
		return nil
	}
	body := fields{"ops": o.Ops, "ns": ns, "typical_ns": m.typicalNs(ns), "cpu_ns": cpuAfter - cpu}
	if c.Params.Rate == 0 {
		say("slice", body)
		return nil
	}
	body["typical_ns"], body["response"] = ns, m.adopted
	if m.adopted == "" {
		body["response"] = encode(m.responses)
	}
	say("paced", body)
	return nil
}

// mark writes nothing, so that a tracer sees where the operations begin and end.
func mark(wanted bool) {
	if wanted {
		_, _ = syscall.Write(1, []byte{})
	}
}

func converse() error {
	var w *Workload
	c, samples := &Case{}, []int64{}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil
		}
		message := map[string]json.RawMessage{}
		if err := json.Unmarshal(line, &message); err != nil {
			return err
		}
		for command, body := range message {
			if (command == "prepare") == (w != nil) && command != "bye" {
				return fmt.Errorf("`%s` does not come now", command)
			}
			switch command {
			case "prepare":
				if err := json.Unmarshal(body, c); err != nil {
					return err
				}
				if w, err = prepare(c); err != nil {
					return err
				}
				say("ready", fields{"threads": c.Threads, "rss_bytes": memory("VmRSS")})
			case "bye":
				if w != nil && w.close != nil {
					w.close()
				}
				said := fields{}
				if len(samples) > 0 {
					said["latency"] = encode(samples)
				}
				say("bye", said)
				return nil
			case "slice", "count":
				var o order
				if err := json.Unmarshal(body, &o); err != nil {
					return err
				}
				if err := slice(w, c, command, o, &samples); err != nil {
					return err
				}
			default:
				return fmt.Errorf("there is no command `%s`", command)
			}
		}
	}
}

func prepare(c *Case) (*Workload, error) {
	runtime.GOMAXPROCS(c.Threads)
	build, known := workloads[c.Workload]
	if c.Workload == "mysql" {
		return nil, Unsupported("Go's standard library has no MySQL driver")
	}
	if !known {
		return nil, Unsupported(c.Workload + " is not written for the guest go")
	}
	word := cmp.Or(c.Params.Variant, c.Params.By, c.Params.Role, c.Params.Path)
	if known, has := words[c.Workload]; has && !slices.Contains(known, word) {
		return nil, Unsupported(fmt.Sprintf("the guest go has no %s with %q", c.Workload, word))
	}
	return build(c)
}

func main() {
	hello()
	err := converse()
	var reason Unsupported
	if errors.As(err, &reason) {
		say("unsupported", fields{"reason": reason.Error()})
	} else if err != nil {
		say("error", fields{"message": err.Error()})
	}
}
