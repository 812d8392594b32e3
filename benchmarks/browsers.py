"""Requests as guests' browsers send them, made in advance for the load generator."""

from collections.abc import Iterator

from benchmarks.stock import Stock

FEW = 200
_NAME = "name=Claire+Martin"
_FORM = (
    "Content-Type: application/x-www-form-urlencoded\r\n"
    f"Content-Length: {len(_NAME)}\r\n\r\n{_NAME}"
)


def pages(stock: Stock, port: int) -> Iterator[str]:
    """Open the page of a link."""
    for code in stock.codes[:FEW]:
        yield _head("GET", f"/j/{code}", port) + "\r\n"


def questions(stock: Stock, port: int, count: int) -> Iterator[str]:
    """Poll as `count` waiting pages do, one after the other."""
    for visit, secret in stock.visits[:count]:
        cookie = f"Cookie: visit-{visit}={secret}\r\n"
        yield _head("GET", f"/m/{visit}/status", port) + cookie + "\r\n"


def streams(stock: Stock, port: int, count: int) -> Iterator[str]:
    """Open the streams of `count` waiting pages."""
    for visit, secret in stock.visits[:count]:
        cookie = f"Cookie: visit-{visit}={secret}\r\n"
        yield _head("GET", f"/m/{visit}/events", port) + cookie + "\r\n"


def forms(stock: Stock, port: int, *, under: str = "j") -> Iterator[str]:
    """Send the form of each link once."""
    for code in stock.codes:
        yield _head("POST", f"/{under}/{code}", port) + f"Origin: http://{_host(port)}\r\n{_FORM}"


def _host(port: int) -> str:
    return f"127.0.0.1:{port}"


def _head(method: str, path: str, port: int) -> str:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: {_host(port)}\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
        "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\n"
        "Accept-Language: fr,fr-FR;q=0.8,en;q=0.3\r\nAccept-Encoding: gzip, deflate\r\n"
    )
