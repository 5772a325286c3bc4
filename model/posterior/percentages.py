"""Probabilities as people read them, in plots, on terminals and on pages.

They have as many digits as a reader can use, finer towards both ends.
"""

__all__ = ["interval", "percent"]


def percent(probability: float) -> str:
    """Write a probability as a percentage, finer towards both ends.

    Examples
    --------
    >>> [percent(p) for p in (0.0002, 0.0021, 0.01, 0.39, 0.914, 0.99996, 1.0)]
    ['<0.1 %', '0.2 %', '1 %', '39 %', '91 %', '>99.9 %', '100 %']
    """
    return f"{_hundredths(probability)} %"


def interval(bounds: tuple[float, float]) -> str:
    """Write an interval of probabilities.

    Examples
    --------
    >>> interval((0.0001, 0.38)), interval((0.954, 0.9999))
    ('<0.1-38 %', '95.4 to >99.9 %')
    """
    low, high = map(_hundredths, bounds)
    if low == high:
        return f"{low} %"
    between = "-" if high[0].isdigit() else " to "  # a hyphen before > is an arrow
    return f"{low}{between}{high} %"


def _hundredths(probability: float) -> str:
    if probability in (0, 1):
        return f"{probability:.0%}".removesuffix("%")
    # 0.05 % would round up to the 0.1 % that it is not.
    if probability < 0.001:
        return "<0.1"
    if probability > 0.999:
        return ">99.9"
    decimals = 0 if 0.05 <= probability <= 0.95 else 1
    return f"{100 * probability:.{decimals}f}".removesuffix(".0")
