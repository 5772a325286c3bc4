"""Numbers as people read them: probabilities, intervals, weights, counts and days.

There is one way to write each, in plots, on terminals and on pages. The texts are plain
ASCII, so that no terminal, log or spreadsheet garbles them; ``unbroken`` is for pages,
which break lines.
"""

import datetime
import re

from deciban.model.posterior.summary import Checks

__all__ = [
    "checks_line",
    "counted",
    "decibans",
    "interval",
    "percent",
    "prior_told",
    "unbroken",
    "written_day",
]

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

# Neither in a tag nor in what a form holds.
_BEFORE_PERCENT = re.compile(r"(?<=\d) %(?![^<>]*>|[^<]*</textarea)")


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


def unbroken(page: str) -> str:
    r"""Keep numbers and their % signs on one line, wherever a page's text has them.

    Examples
    --------
    >>> unbroken('<p title="39 %">39 %</p>')
    '<p title="39 %">39\xa0%</p>'
    """
    return _BEFORE_PERCENT.sub("\N{NO-BREAK SPACE}%", page)


def decibans(weight: float | None) -> str:
    """Write a weight of evidence with its sign; a dash where there is none.

    Examples
    --------
    >>> decibans(17.29), decibans(-0.04), decibans(None)
    ('+17.3', '0.0', '-')
    """
    if weight is None:
        return "-"
    text = f"{weight:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text


def prior_told(written: float, today: float, forecast: float | None, days: int) -> str:
    """Tell a prior as it was written, what time and links leave of it, and what came.

    Parameters
    ----------
    written : float
        Its mean, for the whole window and by itself.
    today : float
        With links and rivals, and with the clock of the day.
    forecast : float or None
        With the reports; None where there is no fit.
    days : int
        Of the window, without it; 0 where time says nothing.

    Examples
    --------
    >>> for part in prior_told(0.4, 0.05, 0.33, 329).split("; "):
    ...     print(part)
    your prior 40 % for the whole window
    5 % today, after 329 days without it
    33 % with the reports
    >>> prior_told(0.4, 0.4, None, 0)
    'your prior 40 % for the whole window'
    """
    told = [f"your prior {percent(written)} for the whole window"]
    if days:
        after = f"after {counted(days, 'day')} without it"
        told.append(f"{percent(today)} today, {after}")
    elif percent(today) != percent(written):
        told.append(f"{percent(today)} with links and rivals")
    if forecast is not None:
        told.append(f"{percent(forecast)} with the reports")
    return "; ".join(told)


def counted(number: int, noun: str) -> str:
    """Write how many there are of something.

    Examples
    --------
    >>> counted(1, "source"), counted(1500, "report")
    ('1 source', '1,500 reports')
    """
    return f"{number:,} {noun}{'s' * (number != 1)}"


def checks_line(checks: Checks) -> str:
    """Say on one line whether a fit passed its checks, with the figures."""
    if checks.r_hat_max is None:
        figures = "every scenario is certain"
    else:
        figures = (
            f"R-hat {checks.r_hat_max:.3f}, ESS bulk {checks.ess_bulk_min:,.0f}, "
            f"tail {checks.ess_tail_min:,.0f}"
        )
    divergences = counted(checks.divergences, "divergence")
    return f"{'passed' if checks.ok else 'FAILED'} ({figures}, {divergences})"


def written_day(day: datetime.date) -> str:
    """Write a day, the same in every locale.

    Examples
    --------
    >>> written_day(datetime.date(2024, 3, 31))
    '31 Mar 2024'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
