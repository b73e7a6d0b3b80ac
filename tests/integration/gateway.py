"""An HTTP server of the test's own on a loopback port: it keeps what it was asked and answers as it is told to."""
import http.server
import ssl
import subprocess
import threading
import time
from urllib.parse import urlsplit


class Asked:
    def __init__(self, handler, body):
        self.method, self.path, self.body, self.at = handler.command, handler.path, body, time.time()
        self.query = urlsplit(handler.path).query
        self.headers = handler.headers


class Gateway:
    """`answers`: a list of (code, headers, body) used up one by one, or a function of what was asked; then 200 and `{}`."""

    def __init__(self, certificate=None):
        self.asked, self.answers, self.otherwise = [], [], (200, {}, b"{}")
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                asked = Asked(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))
                gateway.asked.append(asked)
                code, headers, body = gateway.answer(asked)
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            do_POST = do_GET = do_PUT = take

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://{'localhost' if certificate else '127.0.0.1'}:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def answer(self, asked):
        if callable(self.answers):
            return self.answers(asked)
        return self.answers.pop(0) if self.answers else self.otherwise

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def certificate(folder, name="server"):
    """A certificate for localhost that signs itself: (certificate, key)."""
    pair = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", pair[1], "-out", pair[0]], check=True, capture_output=True)
    return pair
