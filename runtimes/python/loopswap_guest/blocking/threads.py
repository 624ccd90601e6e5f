"""Threads of the system: a thread for every task."""

import queue
import threading
import time
from concurrent.futures import Future

from ..faults import Unsupported
from ..meter import SharedMeter
from ..turns import generator
from . import http_server


class Threads:
    """What the workloads need of a runtime."""

    meter = SharedMeter
    one_thread = False
    sleep = staticmethod(time.sleep)
    cannot_cancel = "a thread cannot be stopped while a blocking call holds it"
    future = Future

    @staticmethod
    def enter(body):
        """Runs the main program."""
        body()

    @staticmethod
    def give_way():
        time.sleep(0)

    @staticmethod
    def spawn(function, *arguments):
        return Task(function, arguments)

    @staticmethod
    def generators(turns, made):
        """Functions that resume generators, one for each place; those that were made before, if any."""
        return made or [generator(turns, place).__next__ for place in range(turns.size)]

    # A thread beside the runtime is one more of its tasks.
    thread = spawn
    requests = requests_of_thread = thread_queue = queue.SimpleQueue

    @staticmethod
    def complete(future, value):
        future.set_result(value)

    complete_from_thread = complete

    @staticmethod
    def http_server(listener, answer):
        return http_server.serve(listener, answer, Threads.spawn)


class Task(threading.Thread):
    """A thread with a result."""

    def __init__(self, function, arguments):
        super().__init__(daemon=True)
        self.function, self.arguments = function, arguments
        self.result = self.fault = None
        try:
            self.start()
        except RuntimeError as full:
            alive = threading.active_count()
            raise Unsupported(f"a thread for every task, and the system has no room for more than {alive}: {full}")

    def run(self):
        try:
            self.result = self.function(*self.arguments)
        except Exception as fault:
            self.fault = fault
        finally:
            # What the task held is not to live as long as its handle.
            del self.function, self.arguments

    def get(self, timeout=None):
        """Joins it: its result, or what it raised; waits no longer than `timeout` seconds."""
        self.join(timeout)
        if self.is_alive():
            raise TimeoutError(f"a task has not ended after {timeout} s")
        if self.fault:
            raise self.fault
        return self.result
