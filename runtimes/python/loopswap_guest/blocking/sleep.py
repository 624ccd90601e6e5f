"""Tasks that each sleep."""

from ..faults import Unsupported, Wrong
from ..guest import Workload
from ..meter import clock


class Sleep(Workload):
    def prepare(self):
        params = self.case.params
        self.tasks, self.micros, self.variant = params["tasks"], params["time"], params["variant"]
        self.granule = self.in_flight = self.tasks
        self.runtime = self.case.guest.options["runtime"]
        self.least_ns = self.micros * 1000 - self.case.guest.timer_early_ns
        if self.variant == "join-all":
            raise Unsupported("a task that blocks cannot sleep twice at once")

    def run(self, ops, meter):
        for _ in range(ops // self.tasks):
            early = self.spawn(meter) if self.variant == "spawn" else self.one_after_the_other(meter)
            if early:
                raise Wrong(f"{early} of {self.tasks} tasks woke before their time")

    def close(self):
        pass

    def nap(self, meter):
        """The body of one task; returns whether it woke too early."""
        asleep = clock()
        self.runtime.sleep(self.micros / 1e6)
        slept = clock() - asleep
        if meter.begin():
            meter.latencies.append(max(slept - self.micros * 1000, 0))
        meter.add()
        return slept < self.least_ns

    def spawn(self, meter):
        begun, spawn = clock(), self.runtime.spawn
        tasks = [spawn(self.nap, meter) for _ in range(self.tasks)]
        meter.note("spawn_ns", (clock() - begun) / self.tasks)
        return sum(task.get() for task in tasks)

    def one_after_the_other(self, meter):
        early = 0
        for expected in range(self.tasks):
            before = meter.done
            early += self.nap(meter)
            if meter.done - before != 1:
                raise Wrong(f"task {expected} did not wake alone and in order")
        return early


workload = Sleep
