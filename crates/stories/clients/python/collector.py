"""A collector of traces that reads what it gets by OpenTelemetry's own schema: a field it does not know ends it.

Its port is the first line; then a line of JSON for each request. The first request is told to come back.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

asked = 0


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global asked
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked += 1
        if asked == 1:
            self.send_response(503)
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        request = json_format.Parse(body, ExportTraceServiceRequest())
        read = json_format.MessageToDict(request)
        print(
            json.dumps({"path": self.path, "key": self.headers["api-key"], "read": read, "raw": json.loads(body)}),
            flush=True,
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
print(json.dumps({"port": server.server_address[1]}), flush=True)
server.serve_forever()
