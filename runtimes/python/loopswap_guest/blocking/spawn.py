"""Tasks from their start to their end: joined, asked for by a thread, waited for with a limit, cancelled."""

import threading

from ..batch import Batch, check_arguments
from ..faults import Unsupported, Wrong
from ..guest import Workload
from ..meter import clock

FOREVER = 3600


class Spawn(Workload):
    def prepare(self):
        params = self.case.params
        self.runtime = self.case.guest.options["runtime"]
        self.tasks, self.yields = params["tasks"], params["yields"]
        self.granule = self.in_flight = self.tasks
        self.limit = params["limit"] / 1e6
        check_arguments(params)
        variant = params["variant"]
        if variant in ("wait", "cancel") and self.runtime.cannot_cancel:
            raise Unsupported(self.runtime.cannot_cancel)
        self.one_batch = {
            "join": self.join,
            "from-outside": self.from_outside,
            "wait": self.wait,
            "cancel": self.cancel,
        }[variant]

    def run(self, ops, meter):
        for _ in range(ops // self.tasks):
            batch = Batch(self.tasks)
            self.one_batch(batch, meter)
            batch.check_alive(0, "once all are over")
            meter.add(self.tasks)

    def close(self):
        pass

    def work(self, batch, number, begun, meter):
        """The body of one task."""
        try:
            for _ in range(self.yields):
                self.runtime.give_way()
            if begun:
                meter.latencies.append(clock() - begun)
            return number
        finally:
            batch.gone(number)

    def join(self, batch, meter):
        begun, spawn, limit = clock(), self.runtime.spawn, self.limit or None
        tasks = [spawn(self.work, batch, number, meter.begin(), meter) for number in range(self.tasks)]
        meter.note("spawn_ns", (clock() - begun) / self.tasks)
        for number, task in enumerate(tasks):
            came = task.get(timeout=limit)
            if came != number:
                raise Wrong(f"task {number} returned {came}")

    def from_outside(self, batch, meter):
        """A thread asks for the tasks and waits for their ends."""
        requests = self.runtime.requests_of_thread()

        def ask():
            ends = self.runtime.thread_queue()
            for number in range(self.tasks):
                requests.put((number, meter.begin(), ends.put))
            for _ in range(self.tasks):
                ends.get()
            requests.put(None)

        def errand(number, begun, tell):
            tell(self.work(batch, number, begun, meter))

        thread = self.runtime.thread(ask)
        for request in iter(requests.get, None):
            self.runtime.spawn(errand, *request)
        thread.join()

    def wait(self, batch, meter):
        """Every second task is late: they have to be told apart."""
        tasks = [self.runtime.spawn(self.perhaps_late, batch, number) for number in range(self.tasks)]
        done = self.runtime.wait(tasks, self.limit)
        batch.check_done([task.get() for task in done])
        self.cancel_each([task for task in tasks if not task.ready()], meter)

    def perhaps_late(self, batch, number):
        try:
            if number % 2:
                self.runtime.sleep(FOREVER)
            return number
        finally:
            batch.gone(number)

    def cancel(self, batch, meter):
        asleep = batch.countdown(threading.Event())
        tasks = [self.runtime.spawn(self.asleep, batch, number, asleep) for number in range(self.tasks)]
        asleep.all.wait()
        batch.check_alive(self.tasks, "while all sleep")
        self.cancel_each(tasks, meter)

    def asleep(self, batch, number, asleep):
        try:
            asleep.one()
            self.runtime.sleep(FOREVER)
        finally:
            batch.gone(number)

    def cancel_each(self, tasks, meter):
        began = clock()
        for task in tasks:
            begun = meter.begin()
            self.runtime.cancel(task)
            if begun:
                meter.latencies.append(clock() - begun)
        meter.note("cancel_ns", (clock() - began) / max(len(tasks), 1))


workload = Spawn
