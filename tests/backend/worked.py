"""The worker, once through what waits: in a thread of its own, since a browser of another test keeps this one's event loop."""

from concurrent.futures import ThreadPoolExecutor

from backend.work import worker


def work(url: str, *, once: bool, silence: float = worker.SILENCE) -> None:
    """As `backend.work.worker.work`."""
    with ThreadPoolExecutor(1) as alone:
        alone.submit(worker.work, url, once=once, silence=silence).result()
