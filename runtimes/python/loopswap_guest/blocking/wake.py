"""Futures that another task, or a thread beside the runtime, completes."""

from ..guest import Workload
from ..meter import clock
from ..waiters import Check


class Wake(Workload):
    def prepare(self):
        params = self.case.params
        self.waiters = self.granule = self.in_flight = params["waiters"]
        self.runtime = self.case.guest.options["runtime"]
        self.check = Check(self.waiters)
        self.by_thread = params["by"] == "thread"
        # The completer takes what waiters give, and orders: on a thread beside the runtime, or in a task.
        self.given = self.runtime.thread_queue() if self.by_thread else self.runtime.requests()
        self.orders = self.runtime.thread_queue() if self.by_thread else self.runtime.requests()
        self.completer = self.runtime.thread(self.serve) if self.by_thread else self.runtime.spawn(self.serve)
        self.tasks = [self.runtime.spawn(self.waiter, place) for place in range(self.waiters)]

    def run(self, ops, meter):
        over = self.runtime.future()
        self.orders.put((ops // self.waiters, meter, over))
        fault = over.result()
        if fault:
            raise fault

    def close(self):
        self.orders.put(None)
        self.completer.join()

    def waiter(self, place):
        """Gives a future away and awaits it, again and again; tells what the one before brought."""
        got = None
        while True:
            future = self.runtime.future()
            self.given.put((place, got, future))
            number, at = future.result()
            got = (number, clock() - at if at else 0)

    def serve(self):
        complete = self.runtime.complete_from_thread if self.by_thread else self.runtime.complete
        while (order := self.orders.get()) is not None:
            rounds, meter, over = order
            try:
                self.slice(rounds, meter, complete)
                fault = None
            except Exception as failure:
                fault = failure
            complete(over, fault)

    def slice(self, rounds, meter, complete):
        check = self.check
        check.begin(meter)
        if check.is_new():
            self.collect()
        for _ in range(rounds):
            for future, value in check.complete():
                complete(future, value)
            self.collect()
            meter.add(check.waiters)
        check.end(rounds)

    def collect(self):
        for place in range(self.waiters):
            self.check.came(place, self.given.get())


workload = Wake
