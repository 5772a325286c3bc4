"""Server-sent events, as browsers and programs read them."""

__all__ = ["COMMENT", "server_sent_event"]

# Says nothing; it keeps the line open, and shows whether anybody is there.
COMMENT = b":\n\n"


def server_sent_event(name: str, json: str, number: int | None = None) -> bytes:
    r"""Write one event.

    Parameters
    ----------
    name : str
        Its kind.
    json : str
        Its data, in one line.
    number : int, optional
        Its id: whoever comes back names the last one in ``Last-Event-ID``.

    Examples
    --------
    >>> server_sent_event("end", '{"fit":1}', 7)
    b'id: 7\nevent: end\ndata: {"fit":1}\n\n'
    """
    first = "" if number is None else f"id: {number}\n"
    return f"{first}event: {name}\ndata: {json}\n\n".encode()
