import os
import secrets
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import venuekey
from venuekey.stores.sqlite import SQLiteStore

HOME, SANDBOX = os.environ["HOME_URL"], os.environ["SANDBOX"]


def client(venue, environment):
    base = f"{SANDBOX}/{venue}/{environment}"  # leave both bases out to reach the exchange itself
    return venuekey.Client(
        venue=venue, environment=environment, client_id=f"demo-{venue}", client_secret=os.environ[f"{venue}_SECRET"],
        redirect_uri=f"{HOME}/callback/{venue}", authorize_base=base, api_base=base,
    )  # fmt: skip


clients = {"whitebit": client("whitebit", "global"), "bybit": client("bybit", "mainnet")}
keys = venuekey.SealingKeys([("2026-11", bytes.fromhex(os.environ["SEALING_KEY"]))])
connections = venuekey.Connections(clients, SQLiteStore(os.environ["DATABASE"]), keys)


class Web(BaseHTTPRequestHandler):
    def do_GET(self):
        cookie = SimpleCookie(self.headers["cookie"]).get("user")
        user = cookie.value if cookie else secrets.token_urlsafe()  # in your app: whoever is logged in
        _, page, venue = (self.path.partition("?")[0].rstrip("/") + "//").split("/")[:3]
        if page == "connect":  # a second click continues the first one's connection
            waiting = [each for each in connections.find(user, client=venue) if each.authorize_url]
            begun = waiting[0] if waiting else connections.begin(venue, owner=user, goal="api_key")
            return self.answer(user, begun.authorize_url)
        if page == "callback":
            connections.receive_client_callback(venue, self.path, owner=user)
        self.answer(user, "/" if page else None, "".join(f"{c.venue}: {c.status}\n" for c in connections.find(user)))

    def answer(self, user, to, text=""):
        self.send_response_only(303 if to else 200)
        self.send_header("set-cookie", f"user={user}; Path=/; HttpOnly; SameSite=Lax")
        self.send_header("location" if to else "content-type", to or "text/plain")
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(HOME.rpartition(":")[2])), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connections.run()  # until SIGTERM or Ctrl-C
