"""Greenlets: what the workloads in the synchronous style need of gevent."""

from functools import partial

import gevent
import greenlet
from gevent import monkey, pywsgi
from gevent.event import AsyncResult
from gevent.queue import SimpleQueue
from loopswap_guest.faults import Wrong
from loopswap_guest.meter import Meter

ThreadQueue = monkey.get_original("queue", "SimpleQueue")


class Future(AsyncResult):
    """A value that somebody else gives."""

    result = AsyncResult.get


class Gevent:
    meter = Meter
    one_thread = True
    sleep = staticmethod(gevent.sleep)
    spawn = staticmethod(gevent.spawn)
    cannot_cancel = None
    future = Future
    requests = SimpleQueue
    thread_queue = ThreadQueue
    hub = None

    @classmethod
    def enter(cls, body):
        """Runs the main program, as a greenlet."""
        cls.hub = gevent.get_hub()
        gevent.spawn(body).get()

    @classmethod
    def requests_of_thread(cls):
        """A queue that a thread of the system fills and greenlets empty."""
        return Requests(cls.hub.loop)

    @staticmethod
    def give_way():
        gevent.sleep(0)

    @staticmethod
    def generators(turns, made):
        """Functions that resume bare greenlets, in place of generators: gevent's loop takes no part."""
        made = made or [greenlet.greenlet(partial(member, turns, place)).switch for place in range(turns.size)]
        for resume in made:
            # Each slice has a task of its own, which they hand over to.
            resume.__self__.parent = greenlet.getcurrent()
        return made

    @staticmethod
    def wait(tasks, limit):
        """Those that have ended once the limit has passed."""
        return gevent.wait(tasks, timeout=limit)

    @staticmethod
    def cancel(task):
        """Stops a task, and waits until it is gone."""
        task.kill()
        if not isinstance(task.value, gevent.GreenletExit):
            raise Wrong("a task that sleeps for an hour has returned")

    @classmethod
    def thread(cls, function):
        """A thread of the system beside the loop."""
        return Thread(cls.hub.threadpool.spawn(function))

    @staticmethod
    def complete(future, value):
        future.set(value)

    @classmethod
    def complete_from_thread(cls, future, value):
        cls.hub.loop.run_callback_threadsafe(future.set, value)

    @staticmethod
    def http_server(listener, answer):
        """gevent's own WSGI server, a greenlet for each connection; `answer(path, query)` returns the body or `None`."""

        def application(environ, start_response):
            body = answer(environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
            length = str(len(body or b""))
            start_response(
                "404 Not Found" if body is None else "200 OK",
                [("content-type", "application/json"), ("content-length", length)],
            )
            return [body or b""]

        server = pywsgi.WSGIServer(listener, application, log=None, error_log=None)
        server.start()
        return server


def member(turns, place):
    """One member of a ring: takes its turn each time it is resumed."""
    me = greenlet.getcurrent()
    while True:
        turns.hand_over(place)
        me.parent.switch()


class Thread:
    """A thread of gevent's pool, which a greenlet can join."""

    def __init__(self, result):
        self.result = result

    def join(self):
        self.result.get()


class Requests(SimpleQueue):
    """Filled from another thread, through a callback that wakes the loop."""

    def __init__(self, loop):
        super().__init__()
        self.loop, self.put_here = loop, super().put

    def put(self, item):
        self.loop.run_callback_threadsafe(self.put_here, item)
