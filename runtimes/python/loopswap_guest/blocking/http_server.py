"""The standard library's HTTP server, with a thread for each connection."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(listener, answer, spawn):
    """Serves on a listening socket, in a task; `answer(path, query)` returns the body, or `None`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body go out in one piece.
        wbufsize = -1

        def do_GET(self):
            path, _, query = self.path.partition("?")
            body = answer(path, query)
            self.send_response(404 if body is None else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(listener.getsockname(), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    spawn(server.serve_forever)
    return server
