"""How far a step is: its rate over the last seconds, and when it will be done."""

from __future__ import annotations

from collections import deque

_SAMPLES = 50  # at ten a second, the last five seconds


class Progress:
    """What a step said of its progress; times are seconds of a monotonic clock."""

    __slots__ = ("_samples", "done", "label", "total", "unit")

    def __init__(self) -> None:
        self.label = ""
        self.done = 0
        self.total: int | None = None
        self.unit = ""
        self._samples: deque[tuple[float, int]] = deque(maxlen=_SAMPLES)

    def update(self, now: float, label: str, done: int, total: int | None, unit: str) -> None:
        """A step said how far it is; something new begins where the label changes or it falls back."""
        if done < self.done or label != self.label:
            self._samples.clear()
        self.label, self.done, self.total, self.unit = label, done, total, unit
        self._samples.append((now, done))

    @property
    def fraction(self) -> float | None:
        """From 0 to 1, or None where the total is not known."""
        if not self.total:
            return None
        return min(max(self.done / self.total, 0.0), 1.0)

    def rate(self, now: float) -> float | None:
        """Units a second; it falls while nothing is said. None at the beginning."""
        if len(self._samples) < 2:
            return None
        began, first = self._samples[0]
        return (self.done - first) / (now - began) if now - began > 0.5 else None

    def remaining(self, now: float) -> float | None:
        """Seconds until it is done, at the present rate."""
        rate = self.rate(now)
        if not rate or self.total is None:
            return None
        return max(self.total - self.done, 0) / rate
