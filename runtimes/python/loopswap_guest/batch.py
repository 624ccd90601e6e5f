"""One batch of tasks of `spawn`, and which of them are gone."""

from .faults import Wrong


class Batch:
    """Tasks have the numbers from 0 on; each tells when it is gone, whatever ended it."""

    def __init__(self, tasks):
        self.tasks = tasks
        self.ended = []
        # Appending is atomic, also between threads.
        self.gone = self.ended.append

    def check_alive(self, expected, when):
        """Checks that so many tasks are alive, and that each of the others has ended once."""
        alive = self.tasks - len(self.ended)
        if alive != expected or len(set(self.ended)) != len(self.ended):
            raise Wrong(f"{alive} tasks are alive {when}, not {expected}")

    def check_done(self, results):
        """Checks what is done once the limit of `wait` has passed: exactly the tasks with even numbers."""
        found, expected = sorted(results), list(range(0, self.tasks, 2))
        if any(number % 2 for number in found):
            raise Wrong("a task that sleeps for an hour was done")
        if found != expected:
            raise Wrong(f"{len(found)} of {len(expected)} tasks that end at once had ended: give more `limit`")
        self.check_alive(self.tasks - len(expected), "once the limit has passed")

    def countdown(self, event):
        return Countdown(self.tasks, event)


class Countdown:
    """Sets `all`, an event of the runtime, when `one` was called as often as told."""

    def __init__(self, left, event):
        self.left, self.all = left, event

    def one(self):
        self.left -= 1
        if self.left == 0:
            self.all.set()


def check_arguments(params):
    """Whether the parameters of `spawn` make sense together."""
    variant = params["variant"]
    if variant == "wait" and not params["limit"]:
        raise ValueError('`variant = "wait"` waits for `limit`, which is 0')
    if variant in ("from-outside", "cancel") and params["limit"]:
        raise ValueError("`limit` belongs to the variants `join` and `wait`")
    if variant in ("wait", "cancel") and params["yields"]:
        raise ValueError("`yields` belongs to the variants `join` and `from-outside`")
