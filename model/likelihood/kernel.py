r"""The log-density and its gradient as loops, compiled once on a machine.

The formula of ``model.likelihood.formula`` and the density of
``model.likelihood.pymc_model``, with the chain rule applied by hand: one C function of
:math:`z` and of one vector, the packed casebook, so that what is compiled serves every
casebook. The tests hold it to the formula, and its gradient to the oracle's.

Numba keeps the machine code in ``__pycache__`` beside this file or, where that cannot
be written to, in the user's cache folder; ``NUMBA_CACHE_DIR`` names another. It goes by
the content of this file and by what ``_made`` holds: so all that is compiled stands
here, and what it takes from other modules stands in ``_TAKEN``.

The stages are those of ``model.likelihood.formula``, and so are the names. Each has its
way back, which takes the derivative of the log-likelihood by what the stage made, and
adds to that by what it was made of; ``d_x`` is the derivative by ``x``.
"""

# Numba compiles for the types it is given, whatever the annotations say.
# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import carray, cfunc, njit, types  # type: ignore[attr-defined]
from numba.core import event

from deciban.evidence import DECIBANS_PER_NAT
from deciban.model.likelihood.arithmetic import MOST_NATS
from deciban.model.likelihood.arrays import PACKING, PLACES
from deciban.model.likelihood.layout import N_DIGITS, N_GRADES, N_OVERLAPS, N_WORDS
from deciban.model.likelihood.unknowns import ACROSS, IN_ACCOUNT, IN_CAMP

__all__ = ["DIVERGED", "FOREIGN", "Kernel", "compiled"]

_TAKEN = (
    PACKING,
    N_DIGITS,
    N_WORDS,
    N_OVERLAPS,
    N_GRADES,
    DECIBANS_PER_NAT,
    MOST_NATS,
)

# A constant is compiled with all its fields wherever it stands: so one for each group.
(
    _SIZE,
    _LOCATION,
    _SCALE,
    _STATED,
    _SOURCE,
    _CLAIM,
    _RELAY,
    _SAID,
    _SIDE,
    _ACCOUNT,
    _CAMP,
    _REASON,
    _OF_RIVALS,
    _CONTRIBUTION,
    _ANSWER,
    _CLOCK,
    _BOND,
    _JOINT,
) = PLACES

_LOG_2 = math.log(2)
_HALF_LOG_2_PI = math.log(2 * math.pi) / 2

DIVERGED = 1
"""Returned where the log-density or its gradient is not finite: go elsewhere."""

FOREIGN = -1
"""Returned where the vector was packed for another kernel, or for another z."""

# Not finite is an answer here, and no error. These functions call each other alone:
# wrappers for Python and C would be compiled for nothing. So would the message that
# numba has for shapes that differ, wherever arrays or slices meet: hence loops.
_njit = njit(  # type: ignore[call-overload]
    error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)


class Kernel(NamedTuple):
    """The compiled functions; each has an ``address`` and a ``ctypes`` callable.

    Attributes
    ----------
    log_density
        ``int64(uint64 n, double *z, double *gradient, double *value, void *packed)``:
        writes the gradient, shape (n,), and the log-density, shape (), of z, shape
        (n,); returns 0, ``DIVERGED`` or ``FOREIGN``.
    copy
        ``int64(uint64 n, uint64 m, double *z, double *out, void *packed)``: writes z to
        ``out``, for a sampler that asks what to keep of each draw.
    """

    log_density: Any
    copy: Any


_DOUBLES = types.CPointer(types.float64)
_LOG_DENSITY = types.int64(types.uint64, _DOUBLES, _DOUBLES, _DOUBLES, types.voidptr)
_COPY = types.int64(types.uint64, types.uint64, _DOUBLES, _DOUBLES, types.voidptr)


_compiled: list[Kernel] = []


def compiled(on_compiling: Callable[[], object] = lambda: None) -> Kernel:
    """Load the compiled functions, or compile them: some 20 s, once on a machine.

    Where no folder can be written to they are compiled in every process.

    Parameters
    ----------
    on_compiling : callable
        Called when they have to be compiled.
    """
    if not _compiled:
        with event.install_listener("numba:compile", _Starting(on_compiling)):
            try:
                kernel = _made(_TAKEN, cache=True)
            except (OSError, RuntimeError):  # the latter where numba finds no folder
                kernel = _made(_TAKEN, cache=False)
        _compiled.append(kernel)
    return _compiled[0]


class _Starting(event.Listener):
    """Calls back when the first function starts to be compiled."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call: Callable[[], object] | None = call

    def on_start(self, event: Any) -> None:
        if self._call is not None:
            self._call()
        self._call = None

    def on_end(self, event: Any) -> None:
        pass


def _made(taken: tuple[Any, ...], *, cache: bool) -> Kernel:
    """Make the functions; numba's cache knows them by ``taken``, for they use it."""

    @cfunc(_LOG_DENSITY, cache=cache, error_model="numpy")
    def log_density(n, z, gradient, value, packed):
        head = carray(packed, (2,), np.int64)
        if head[0] != taken[0]:
            return FOREIGN
        integers = carray(packed, (head[1],), np.int64)
        floats = carray(packed, (head[1],), np.float64)
        z = carray(z, (n,))
        gradient = carray(gradient, (n,))
        value = carray(value, (1,))
        if len(_numbers(floats, integers, _LOCATION)) != n:
            return FOREIGN
        log_likelihood, slope = _evaluate(z, integers, floats)
        total, is_finite = 0.0, True
        scale = _numbers(floats, integers, _SCALE)
        for i in range(n):
            total -= z[i] * z[i] / 2 + _HALF_LOG_2_PI
            gradient[i] = scale[i] * slope[i] - z[i]
            is_finite &= math.isfinite(gradient[i])
        value[0] = total + log_likelihood
        return 0 if is_finite and math.isfinite(value[0]) else DIVERGED

    @cfunc(_COPY, cache=cache)
    def copy(n, m, z, out, packed):
        if n != m:
            return FOREIGN
        for i in range(n):
            out[i] = z[i]
        return 0

    return Kernel(log_density, copy)


@_njit
def _indices(integers, at):
    """The array of indices that begins where the word ``at`` of the header says."""
    return integers[integers[at] : integers[at + 1]]


@_njit
def _numbers(floats, integers, at):
    """The same for an array of floats."""
    return floats[integers[at] : integers[at + 1]]


@_njit
def _sigmoid(x):
    return _probabilities(x)[0]


@_njit
def _probabilities(log_odds):
    """Probability of these odds, and its complement."""
    lesser = math.exp(-abs(log_odds))
    greater = 1 / (1 + lesser)
    lesser *= greater
    return (greater, lesser) if log_odds >= 0 else (lesser, greater)


@_njit
def _softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@njit(error_model="numpy", inline="always")  # one round of LLVM less over all of it
def _evaluate(z, integers, floats):
    """Log-likelihood of a casebook at one z, and its derivative by x.

    Parameters
    ----------
    z : ndarray of float64, shape (unknown,)
        Standard normals.
    integers, floats : ndarray
        The casebook as ``Arrays.packed`` gives it, seen as int64 and as float64.
    """
    location = _numbers(floats, integers, _LOCATION)
    scale = _numbers(floats, integers, _SCALE)
    x, at = np.empty(len(z)), _places(integers)
    for i in range(len(z)):
        x[i] = location[i] + scale[i] * z[i]
    power = np.empty(N_OVERLAPS)
    for i in range(N_OVERLAPS):
        power[i] = 1 + math.exp(x[at.overlap + i])
    n_camps = _indices(integers, _SIZE.camps)[0]
    of_camp = _indices(integers, _ACCOUNT.camp)

    quality = _quality(x, at, integers, floats)
    size, left = _strengths(x, at, floats, integers)
    account = _accounts(x, at, quality, left, power[IN_ACCOUNT], integers, floats)
    camp = _pooled(account.weight, of_camp, n_camps, power[IN_CAMP])
    target = _targets(camp.total, size, power[ACROSS], integers, floats)
    vector = _vectors(quality, size, power[IN_ACCOUNT], integers, floats)
    rivals = _rivals(camp.total, target.reason, vector.weight, power, integers, floats)
    bonds = _bonds(quality, left, power[IN_ACCOUNT], integers, floats)
    leaves = _leaves(x, at, target.scenario.total, rivals, bonds, integers, floats)
    log_sum, d_leaves = _sum_out(leaves.log, integers)
    agreement = account.line + target.agreement + rivals.agreement

    d_x, d_power = np.zeros(len(x)), np.zeros(N_OVERLAPS)
    d_quality = QualitySlope(
        np.zeros(len(quality.log_odds)),
        np.zeros(len(quality.log_odds)),
        np.zeros(len(quality.log_odds)),
    )
    d_size, d_left = np.zeros(len(size)), np.zeros(len(size))
    d_camp, d_reason = np.zeros(n_camps), np.zeros(len(target.reason))
    d_account, d_vector = np.zeros(len(of_camp)), np.zeros(len(vector.weight))
    d_scenario, d_factor, d_bond = _leaves_back(
        d_leaves, leaves, x, at, target.scenario.total, rivals, d_x, integers, floats
    )
    _bonds_back(
        d_bond,
        bonds,
        quality,
        left,
        power,
        d_quality,
        d_left,
        d_power,
        integers,
        floats,
    )
    _rivals_back(
        d_factor, rivals, power, d_camp, d_reason, d_vector, d_power, integers, floats
    )
    _vectors_back(
        d_vector,
        vector,
        quality,
        size,
        power,
        d_quality,
        d_size,
        d_power,
        integers,
        floats,
    )
    _targets_back(
        d_scenario,
        target,
        size,
        power,
        d_camp,
        d_reason,
        d_size,
        d_power,
        integers,
        floats,
    )
    _pooled_back(
        d_camp, camp, account.weight, of_camp, power, IN_CAMP, d_account, d_power
    )
    _accounts_back(
        d_account,
        account,
        x,
        at,
        quality,
        left,
        power,
        d_quality,
        d_left,
        d_power,
        d_x,
        integers,
        floats,
    )
    _strengths_back(d_size, d_left, size, left, at, d_x)
    _quality_back(d_quality, quality, x, at, d_x, integers, floats)
    for i in range(N_OVERLAPS):
        d_x[at.overlap + i] += d_power[i] * (power[i] - 1)
    return log_sum + agreement, d_x


class Places(NamedTuple):
    """Where in x each kind of unknown begins."""

    word: Any
    calibration: Any
    overlap: Any
    grade: Any
    prior: Any
    source: Any
    link: Any
    interest: Any
    noticed: Any
    none: Any


@_njit
def _places(integers):
    prior = N_DIGITS + N_WORDS + 1 + N_OVERLAPS + N_GRADES
    source = prior + _indices(integers, _SIZE.scenarios)[0]
    link = source + _indices(integers, _SIZE.sources)[0]
    interest = link + _indices(integers, _SIZE.links)[0]
    noticed = interest + _indices(integers, _SIZE.interests)[0]
    return Places(
        word=N_DIGITS,
        calibration=N_DIGITS + N_WORDS,
        overlap=N_DIGITS + N_WORDS + 1,
        grade=N_DIGITS + N_WORDS + 1 + N_OVERLAPS,
        prior=prior,
        source=source,
        link=link,
        interest=interest,
        noticed=noticed,
        none=noticed + _indices(integers, _SIZE.noticed)[0],
    )


# Adding what overlaps


class Pooled(NamedTuple):
    """What ``overlap.pooled`` makes of weights, and what its way back takes.

    ``norm`` and ``log_sum`` have two places for each total: of what is for it, and of
    what is against it; ``share`` is what each weight has in the sum of its side, on the
    scale of ``log_ratio``.
    """

    total: Any
    norm: Any
    log_sum: Any
    share: Any
    log_ratio: Any


@_njit
def _pooled(weights, place, n, power):
    best, total = np.zeros(2 * n), np.zeros(2 * n)
    share, log_ratio = np.zeros(len(place)), np.zeros(len(place))
    for i in range(len(place)):
        side = 2 * place[i] + (weights[i] < 0)
        best[side] = max(best[side], abs(weights[i]))
    for i in range(len(place)):
        side = 2 * place[i] + (weights[i] < 0)
        if weights[i] != 0:
            share[i] = 1.0
            if abs(weights[i]) < best[side]:
                log_ratio[i] = power * math.log(abs(weights[i]) / best[side])
                share[i] = math.exp(log_ratio[i])
            total[side] += share[i]
    norm, log_sum, pooled = best, total, np.empty(n)
    for side in range(2 * n):
        if total[side] > 1:
            log_sum[side] = math.log(total[side])
            norm[side] = best[side] * math.exp(log_sum[side] / power)
        else:  # none, or one
            log_sum[side] = 0.0
    for i in range(len(place)):
        side = 2 * place[i] + (weights[i] < 0)
        if log_sum[side] > 0:
            share[i] /= math.exp(log_sum[side])
    for k in range(n):
        pooled[k] = norm[2 * k] - norm[2 * k + 1]
    return Pooled(pooled, norm, log_sum, share, log_ratio)


@_njit
def _pooled_back(d_total, pooled, weights, place, power, which, d_weights, d_power):
    p = power[which]
    for i in range(len(place)):
        if weights[i] != 0:
            side = 2 * place[i] + (weights[i] < 0)
            part = d_total[place[i]] * pooled.share[i] * pooled.norm[side]
            d_weights[i] += part / abs(weights[i])
            if pooled.log_ratio[i] != 0:
                part = part if weights[i] > 0 else -part
                d_power[which] += part * pooled.log_ratio[i] / (p * p)
    for k in range(len(d_total)):
        by_power = pooled.log_sum[2 * k] * pooled.norm[2 * k]
        by_power -= pooled.log_sum[2 * k + 1] * pooled.norm[2 * k + 1]
        d_power[which] -= d_total[k] * by_power / (p * p)


@_njit
def _agreement(weights, place, n):
    """Sum of ``overlap.agreement`` over all places, and its derivative by weight."""
    together, slope = np.zeros(n), np.zeros(len(place))
    count = np.zeros(n, dtype=np.int64)
    for i in range(len(place)):
        together[place[i]] += weights[i]
        count[place[i]] += 1
    log_probability = 0.0
    for k in range(n):
        if count[k] == 0:
            log_probability += _LOG_2
        elif count[k] > 1:  # one agrees with itself
            log_probability += _softplus(together[k])
            together[k] = _sigmoid(together[k])
    for i in range(len(place)):
        if count[place[i]] > 1:
            lesser = math.exp(-abs(weights[i]))
            log_probability -= max(weights[i], 0.0) + math.log1p(lesser)
            own = 1 / (1 + lesser)
            slope[i] = together[place[i]] - (own if weights[i] >= 0 else 1 - own)
    return log_probability, slope


@_njit
def _log_sums(values, place, n):
    """Logarithm of the sum of the exponentials of what shares a place."""
    best, total = np.full(n, -np.inf), np.zeros(n)
    for i in range(len(place)):
        best[place[i]] = max(best[place[i]], values[i])
    for i in range(len(place)):
        total[place[i]] += math.exp(values[i] - best[place[i]])
    for k in range(n):
        best[k] += math.log(total[k])
    return best


@_njit
def _without_mean(values, place, n):
    """Subtract from each value the mean of what shares its place."""
    total, count = np.zeros(n), np.zeros(n)
    for i in range(len(place)):
        total[place[i]] += values[i]
        count[place[i]] += 1
    for i in range(len(place)):
        values[i] -= total[place[i]] / count[place[i]]


# Strengths, and how good the claims are


@_njit
def _strengths(x, at, floats, integers):
    """Strengths in nats, words' first, and exp of minus that."""
    stated = _numbers(floats, integers, _STATED)
    size, left = np.empty(N_WORDS + len(stated)), np.empty(N_WORDS + len(stated))
    for i in range(len(size)):
        if i < N_WORDS:
            size[i] = math.exp(x[at.calibration] + x[at.word + i]) / DECIBANS_PER_NAT
        else:
            size[i] = stated[i - N_WORDS]
        size[i] = min(size[i], MOST_NATS)
        left[i] = math.exp(-size[i])
    return size, left


@_njit
def _strengths_back(d_size, d_left, size, left, at, d_x):
    for w in range(N_WORDS):
        if size[w] < MOST_NATS:
            by_log = (d_size[w] - d_left[w] * left[w]) * size[w]
            d_x[at.word + w] += by_log
            d_x[at.calibration] += by_log


class Quality(NamedTuple):
    """See ``accounts.Quality``, and the probabilities that the log-odds are."""

    log_odds: Any
    heard: Any
    unheard: Any
    genuine: Any
    spurious: Any


class QualitySlope(NamedTuple):
    """Derivatives by quality."""

    log_odds: Any
    heard: Any
    unheard: Any


@_njit
def _reliability(k, x, at, integers, floats):
    grade = _indices(integers, _SOURCE.grade)[k]
    shifted = _numbers(floats, integers, _SOURCE.shifted)[k]
    return x[at.source + k] + shifted * x[at.grade + grade]


@_njit
def _reliability_back(d_reliability, k, at, d_x, integers, floats):
    grade = _indices(integers, _SOURCE.grade)[k]
    shifted = _numbers(floats, integers, _SOURCE.shifted)[k]
    d_x[at.source + k] += d_reliability
    d_x[at.grade + grade] += shifted * d_reliability


@_njit
def _quality(x, at, integers, floats):
    speaker = _indices(integers, _CLAIM.speaker)
    credibility = _indices(integers, _CLAIM.credibility)
    share = _numbers(floats, integers, _CLAIM.share)
    at_first_hand = _numbers(floats, integers, _CLAIM.heard)
    relay_claim = _indices(integers, _RELAY.claim)
    relay_source = _indices(integers, _RELAY.source)
    n = len(speaker)
    log_odds, heard, unheard = np.empty(n), np.ones(n), np.zeros(n)
    genuine, spurious = np.empty(n), np.empty(n)
    for i in range(len(relay_claim)):
        reliability = _reliability(relay_source[i], x, at, integers, floats)
        unheard[relay_claim[i]] += _softplus(reliability + _LOG_2)
    for i in range(n):
        log_odds[i] = share[i] * x[credibility[i]]
        log_odds[i] += (1 - share[i]) * _reliability(
            speaker[i], x, at, integers, floats
        )
        genuine[i], spurious[i] = _probabilities(log_odds[i])
        if at_first_hand[i]:
            unheard[i] = 0.0
        else:
            heard[i] = math.tanh(unheard[i] / 2)
            unheard[i] = 2 * _sigmoid(-unheard[i])
    return Quality(log_odds, heard, unheard, genuine, spurious)


@_njit
def _quality_back(d_quality, quality, x, at, d_x, integers, floats):
    speaker = _indices(integers, _CLAIM.speaker)
    credibility = _indices(integers, _CLAIM.credibility)
    share = _numbers(floats, integers, _CLAIM.share)
    relay_claim = _indices(integers, _RELAY.claim)
    relay_source = _indices(integers, _RELAY.source)
    for i in range(len(speaker)):
        d = d_quality.log_odds[i]
        d_x[credibility[i]] += share[i] * d
        _reliability_back((1 - share[i]) * d, speaker[i], at, d_x, integers, floats)
    for i in range(len(relay_claim)):
        claim, k = relay_claim[i], relay_source[i]
        # heard = tanh(a / 2) = 1 - unheard
        d_together = d_quality.heard[claim] - d_quality.unheard[claim]
        d_together *= quality.unheard[claim] * (2 - quality.unheard[claim]) / 2
        reliability = _reliability(k, x, at, integers, floats)
        d_together *= _sigmoid(reliability + _LOG_2)
        _reliability_back(d_together, k, at, d_x, integers, floats)


@_njit
def _tilt(fresh, heard, unheard, left):
    """Tilt of a claim if it is genuine, and its complement."""
    f = fresh * heard
    untilted = (1 - fresh) + fresh * unheard + f * 2 * left / (1 + left)
    return f * (1 - left) / (1 + left), untilted


@_njit
def _tilt_back(
    d_tilt, d_untilted, fresh, claim, strength, left, quality, d_quality, d_left
):
    e = left[strength]
    d_quality.heard[claim] += fresh * (d_tilt * (1 - e) + d_untilted * 2 * e) / (1 + e)
    d_quality.unheard[claim] += fresh * d_untilted
    f = fresh * quality.heard[claim]
    d_left[strength] += 2 * f * (d_untilted - d_tilt) / ((1 + e) * (1 + e))


# Accounts


class AccountWeights(NamedTuple):
    """Weights of accounts, what interest in them teaches, and for the way back.

    Of each claim ``up`` and ``down``, whose ratio is its weight, 0 where it is not on
    its side; of each side which claim is ``best``, and what it ``leaves``, e^-N.
    """

    weight: Any
    line: Any
    up: Any
    down: Any
    best: Any
    leaves: Any


@_njit
def _pull(side, x, at, integers, floats):
    pull = _numbers(floats, integers, _SIDE.pull)[side]
    learned = _numbers(floats, integers, _SIDE.learned)[side]
    if learned == 0:
        return pull
    interest = _indices(integers, _SIDE.interest)[side]
    return learned * math.tanh(x[at.interest + interest] / 2)


@_njit
def _accounts(x, at, quality, left, power, integers, floats):
    said_claim = _indices(integers, _SAID.claim)
    said_strength = _indices(integers, _SAID.strength)
    freshness = _numbers(floats, integers, _SAID.freshness)
    said_side = _indices(integers, _SAID.side)
    side_account = _indices(integers, _SIDE.account)
    sign = _numbers(floats, integers, _SIDE.sign)
    turned = _numbers(floats, integers, _SIDE.turned)
    counted = _numbers(floats, integers, _SIDE.counted)
    source = _indices(integers, _ACCOUNT.source)
    deceives = _numbers(floats, integers, _SOURCE.deceives)
    weight, line = np.zeros(len(source)), 0.0
    up, down = np.zeros(len(said_claim)), np.zeros(len(said_claim))
    best = np.empty(len(side_account), dtype=np.int64)
    leaves = np.empty(len(side_account))
    end = 0
    for side in range(len(side_account)):
        start, side_turned = end, turned[side]
        best[side] = said_claim[start]
        while end < len(said_side) and said_side[end] == side:
            claim = said_claim[end]
            ahead = quality.log_odds[claim] - quality.log_odds[best[side]]
            if side_turned * ahead > 0:
                best[side] = claim
            end += 1
        d = deceives[source[side_account[side]]]
        s = _pull(side, x, at, integers, floats)
        q1 = (1 - d) * quality.genuine[best[side]]
        r1 = (1 - d) * quality.spurious[best[side]]
        edge1, line1 = side_turned * (q1 - d), 1 + r1 * s
        for i in range(start, end):
            claim = said_claim[i]
            q, r = (1 - d) * quality.genuine[claim], (1 - d) * quality.spurious[claim]
            edge = side_turned * (q - d)
            if edge <= 0:
                continue
            tilt, untilted = _tilt(
                freshness[i],
                quality.heard[claim],
                quality.unheard[claim],
                left[said_strength[i]],
            )
            behind = 0.0
            if claim != best[side]:
                behind = (1 - d) * _apart(claim, best[side], quality)
            at_tilt = 1 + r * s * tilt
            up[i] = (1 + r * s) * (edge1 * at_tilt + edge * tilt * line1)
            down[i] = behind * (1 + (1 - 2 * d) * s) * at_tilt + edge * untilted * line1
        leaves[side] = _left_by(up, down, start, end, power)
        e = leaves[side]
        leading, trailing = (q1, d) if side_turned > 0 else (d, q1)
        most, least = r1 * (1 + s) + 2 * leading, r1 * (1 + s) + 2 * trailing
        towards = sign[side] * side_turned
        weight[side_account[side]] += towards * math.log(
            (most + least * e) / (least + most * e)
        )
        if s != 0 and counted[side]:
            line += math.log1p(r1 * s) - math.log1p(r1 * s * 2 * e / (1 + e))
    return AccountWeights(weight, line, up, down, best, leaves)


@_njit
def _apart(one, other, quality):
    """How far two claims are apart in being genuine, without cancelling."""
    if quality.log_odds[one] < quality.log_odds[other]:
        one, other = other, one
    apart = -math.expm1(quality.log_odds[other] - quality.log_odds[one])
    return quality.genuine[one] * quality.spurious[other] * apart


@_njit
def _left_by(up, down, start, end, power):
    """e^-N of the claims of one side."""
    if end == start + 1:  # as most are
        return down[start] / up[start] if up[start] > 0 else 1.0
    n, best = 0, 0.0
    for i in range(start, end):
        if up[i] > down[i]:
            n += 1
            only = i
            best = max(best, math.log(up[i] / down[i]))
    if n == 0:
        return 1.0
    if n == 1:
        return down[only] / up[only]
    total = 0.0
    for i in range(start, end):
        if up[i] > down[i]:
            total += math.exp(power * math.log(math.log(up[i] / down[i]) / best))
    return math.exp(-best * math.exp(math.log(total) / power))


@_njit
def _left_by_back(d_leaves, leaves, up, down, start, end, power, d_weight, d_power):
    """Write into ``d_weight`` the derivative by each claim's weight."""
    if end == start + 1:
        d_weight[start] = -d_leaves * leaves
        return
    n = 0
    for i in range(start, end):
        d_weight[i] = 0.0
        if up[i] > down[i]:
            n += 1
            only = i
    if n == 0 or leaves == 0:  # nothing, or more than a number tells from all
        return
    if n == 1:
        d_weight[only] = -d_leaves * leaves
        return
    norm = -math.log(leaves)
    p = power[IN_ACCOUNT]
    log_norm, by_power = math.log(norm), 0.0
    for i in range(start, end):
        if up[i] > down[i]:
            weight = math.log(up[i] / down[i])
            log_ratio = math.log(weight) - log_norm
            share = math.exp(p * log_ratio)
            d_weight[i] = -d_leaves * leaves * share * norm / weight
            by_power += share * log_ratio
    d_power[IN_ACCOUNT] -= d_leaves * leaves * norm * by_power / p


@_njit
def _accounts_back(
    d_account,
    account,
    x,
    at,
    quality,
    left,
    power,
    d_quality,
    d_left,
    d_power,
    d_x,
    integers,
    floats,
):
    said_claim = _indices(integers, _SAID.claim)
    said_strength = _indices(integers, _SAID.strength)
    freshness = _numbers(floats, integers, _SAID.freshness)
    said_side = _indices(integers, _SAID.side)
    side_account = _indices(integers, _SIDE.account)
    sign = _numbers(floats, integers, _SIDE.sign)
    turned = _numbers(floats, integers, _SIDE.turned)
    counted = _numbers(floats, integers, _SIDE.counted)
    learned = _numbers(floats, integers, _SIDE.learned)
    interest = _indices(integers, _SIDE.interest)
    source = _indices(integers, _ACCOUNT.source)
    deceives = _numbers(floats, integers, _SOURCE.deceives)
    d_weight = np.empty(len(said_claim))
    end = 0
    for side in range(len(side_account)):
        start, side_turned = end, turned[side]
        while end < len(said_side) and said_side[end] == side:
            end += 1
        d = deceives[source[side_account[side]]]
        s = _pull(side, x, at, integers, floats)
        best = account.best[side]
        g1, not_g1 = quality.genuine[best], quality.spurious[best]
        q1, r1 = (1 - d) * g1, (1 - d) * not_g1
        d_y1 = (1 - d) * g1 * not_g1  # derivative of q1, and less that of r1
        edge1, line1 = side_turned * (q1 - d), 1 + r1 * s

        # The side's weight.
        e = account.leaves[side]
        leading, trailing = (q1, d) if side_turned > 0 else (d, q1)
        most, least = r1 * (1 + s) + 2 * leading, r1 * (1 + s) + 2 * trailing
        towards = d_account[side_account[side]] * sign[side] * side_turned
        by_top, by_bottom = towards / (most + least * e), towards / (least + most * e)
        d_most, d_least = by_top - by_bottom * e, by_top * e - by_bottom
        d_e = by_top * least - by_bottom * most
        d_q1 = 2 * d_most if side_turned > 0 else 2 * d_least
        d_r1 = (d_most + d_least) * (1 + s)
        d_s = (d_most + d_least) * r1
        if s != 0 and counted[side]:
            a, b = r1 * s, 2 * e / (1 + e)
            by_a, by_ab = 1 / (1 + a), 1 / (1 + a * b)
            d_r1 += (by_a - b * by_ab) * s
            d_s += (by_a - b * by_ab) * r1
            d_e -= a * by_ab * 2 / ((1 + e) * (1 + e))

        # Its claims.
        _left_by_back(
            d_e, e, account.up, account.down, start, end, power, d_weight, d_power
        )
        for i in range(start, end):
            claim = said_claim[i]
            if account.up[i] == 0 or d_weight[i] == 0:
                continue
            g, not_g = quality.genuine[claim], quality.spurious[claim]
            q, r = (1 - d) * g, (1 - d) * not_g
            edge, line = side_turned * (q - d), 1 + r * s
            tilt, untilted = _tilt(
                freshness[i],
                quality.heard[claim],
                quality.unheard[claim],
                left[said_strength[i]],
            )
            behind = 0.0
            if claim != best:
                behind = (1 - d) * _apart(claim, best, quality)
            at_tilt, spread = 1 + r * s * tilt, 1 + (1 - 2 * d) * s
            d_up, d_down = d_weight[i] / account.up[i], -d_weight[i] / account.down[i]
            d_edge = d_up * line * tilt * line1 + d_down * untilted * line1
            d_edge1 = d_up * line * at_tilt
            d_line = d_up * (edge1 * at_tilt + edge * tilt * line1)
            d_line1 = d_up * line * edge * tilt + d_down * edge * untilted
            d_at = d_up * line * edge1 + d_down * behind * spread
            d_behind = d_down * spread * at_tilt
            _tilt_back(
                d_up * line * edge * line1 + d_at * r * s,
                d_down * edge * line1,
                freshness[i],
                claim,
                said_strength[i],
                left,
                quality,
                d_quality,
                d_left,
            )
            d_q = side_turned * d_edge
            d_q1 += side_turned * d_edge1
            if claim != best:
                d_q -= side_turned * d_behind
                d_q1 += side_turned * d_behind
            d_r1 += d_line1 * s
            d_r = d_line * s + d_at * s * tilt
            d_s += d_line * r + d_line1 * r1 + d_at * r * tilt
            d_s += d_down * behind * (1 - 2 * d) * at_tilt
            d_quality.log_odds[claim] += (1 - d) * g * not_g * (d_q - d_r)
        d_quality.log_odds[best] += d_y1 * (d_q1 - d_r1)
        if learned[side] != 0:
            place = at.interest + interest[side]
            t = math.tanh(x[place] / 2)
            d_x[place] += d_s * learned[side] * (1 - t * t) / 2


# Targets: arguments as they are seen, then scenarios


class TargetWeights(NamedTuple):
    """What bears on arguments and scenarios; slopes are those of the agreement."""

    seated: Any
    seen: Any
    reason: Any
    unit: Any
    unit_scenario: Any
    scenario: Any
    agreement: Any
    view_slope: Any
    unit_slope: Any


@_njit
def _targets(camp, size, power, integers, floats):
    seat = _indices(integers, _CAMP.seat)
    of_view = _indices(integers, _CAMP.seen)
    of_scenario = _indices(integers, _CAMP.scenario)
    reason_view = _indices(integers, _REASON.seen)
    reason_strength = _indices(integers, _REASON.strength)
    reason_sign = _numbers(floats, integers, _REASON.sign)
    reason_scenario = _indices(integers, _REASON.scenario)
    n_views = _indices(integers, _SIZE.views)[0]
    n_arguments = _indices(integers, _SIZE.arguments)[0]
    n_scenarios = _indices(integers, _SIZE.scenarios)[0]
    n_rivals = _indices(integers, _SIZE.rivals)[0]

    seated = np.empty(len(seat))
    for i in range(len(seat)):
        seated[i] = camp[seat[i]]
    seen = _pooled(seated, of_view, n_views, power)
    themselves = 0
    while themselves < len(of_view) and of_view[themselves] < n_arguments:
        themselves += 1
    agreement, view_slope = _agreement(
        seated[:themselves], of_view[:themselves], n_arguments
    )
    reason = np.empty(len(reason_view))
    for i in range(len(reason)):
        about = seen.total[reason_view[i]]
        a, b = abs(about), size[reason_strength[i]]
        reason[i] = math.log1p(math.exp(-(a + b))) + min(a, b)
        reason[i] -= math.log1p(math.exp(-abs(a - b)))
        reason[i] *= reason_sign[i] if about >= 0 else -reason_sign[i]
    n = len(of_scenario)
    unit = np.empty(n + len(reason_scenario))
    unit_scenario = np.empty(len(unit), dtype=np.int64)
    first = _first_on_scenarios(integers)
    for i in range(n):
        unit[i], unit_scenario[i] = camp[first + i], of_scenario[i]
    for i in range(len(reason_scenario)):
        unit[n + i], unit_scenario[n + i] = reason[i], reason_scenario[i]
    scenario = _pooled(unit, unit_scenario, n_scenarios, power)
    agreeing, unit_slope = _agreement(unit, unit_scenario, n_scenarios)
    agreement += agreeing - _LOG_2 * n_rivals
    return TargetWeights(
        seated,
        seen,
        reason,
        unit,
        unit_scenario,
        scenario,
        agreement,
        view_slope,
        unit_slope,
    )


@_njit
def _targets_back(
    d_scenario,
    target,
    size,
    power,
    d_camp,
    d_reason,
    d_size,
    d_power,
    integers,
    floats,
):
    seat = _indices(integers, _CAMP.seat)
    of_view = _indices(integers, _CAMP.seen)
    of_scenario = _indices(integers, _CAMP.scenario)
    reason_view = _indices(integers, _REASON.seen)
    reason_strength = _indices(integers, _REASON.strength)
    reason_sign = _numbers(floats, integers, _REASON.sign)
    d_unit = target.unit_slope.copy()
    _pooled_back(
        d_scenario,
        target.scenario,
        target.unit,
        target.unit_scenario,
        power,
        ACROSS,
        d_unit,
        d_power,
    )
    n, first = len(of_scenario), _first_on_scenarios(integers)
    for i in range(n):
        d_camp[first + i] += d_unit[i]
    for i in range(n, len(d_unit)):
        d_reason[i - n] += d_unit[i]
    d_view = np.zeros(len(target.seen.total))
    for i in range(len(reason_view)):
        about = target.seen.total[reason_view[i]]
        a, b = abs(about), size[reason_strength[i]]
        both = _sigmoid(-(a + b))
        more = _sigmoid(a - b)  # 1 where a is by far the larger
        sign = reason_sign[i] if about >= 0 else -reason_sign[i]
        by_a, by_b = 1 - more - both, more - both
        d_view[reason_view[i]] += d_reason[i] * reason_sign[i] * by_a
        d_size[reason_strength[i]] += d_reason[i] * sign * by_b
    d_seated = np.zeros(len(seat))
    for i in range(len(target.view_slope)):
        d_seated[i] = target.view_slope[i]
    _pooled_back(
        d_view, target.seen, target.seated, of_view, power, ACROSS, d_seated, d_power
    )
    for i in range(len(seat)):
        d_camp[seat[i]] += d_seated[i]


@_njit
def _first_on_scenarios(integers):
    """Where the camps on scenarios begin: after those on arguments."""
    first = _indices(integers, _SIZE.camps)[0]
    first -= len(_indices(integers, _CAMP.scenario))
    return first - len(_indices(integers, _CAMP.rivals))


# Rivals


class Vectors(NamedTuple):
    """What sources say of sets of rivals as a whole, and for the way back."""

    weight: Any
    best: Any
    mixed: Any
    likelihood: Any
    mean: Any
    u: Any
    together: Any
    scaled: Any
    scaled_mean: Any
    total: Any


@_njit
def _vectors(quality, size, power, integers, floats):
    said_claim = _indices(integers, _OF_RIVALS.claim)
    freshness = _numbers(floats, integers, _OF_RIVALS.freshness)
    reversal = _numbers(floats, integers, _OF_RIVALS.reversal)
    said_account = _indices(integers, _OF_RIVALS.account)
    row = _indices(integers, _OF_RIVALS.row)
    slot = _indices(integers, _OF_RIVALS.slot)
    strength = _indices(integers, _OF_RIVALS.strength)
    sign = _numbers(floats, integers, _OF_RIVALS.sign)
    slot_account = _indices(integers, _OF_RIVALS.slot_account)
    n_accounts = _indices(integers, _SIZE.vectors)[0]

    best = np.full(n_accounts, -1)
    for i in range(len(said_claim)):
        k = said_account[i]
        if (
            best[k] < 0
            or quality.log_odds[said_claim[i]] > quality.log_odds[said_claim[best[k]]]
        ):
            best[k] = i
    # Likelihoods, in proportion to the largest of each claim, and their mean.
    largest = np.full(len(said_claim), -np.inf)
    mean, count = np.zeros(len(said_claim)), np.zeros(len(said_claim))
    likelihood, mixed = np.empty(len(row)), np.empty(len(row))
    for i in range(len(row)):
        largest[row[i]] = max(largest[row[i]], sign[i] * size[strength[i]])
    for i in range(len(row)):
        likelihood[i] = math.exp(sign[i] * size[strength[i]] - largest[row[i]])
        mean[row[i]] += likelihood[i]
        count[row[i]] += 1
    for j in range(len(said_claim)):
        mean[j] /= count[j]
    for i in range(len(row)):
        j = row[i]
        g, rest = _genuine(
            said_claim[j],
            said_claim[best[said_account[j]]],
            freshness[j],
            reversal[j],
            quality,
            integers,
            floats,
        )
        mixed[i] = g * likelihood[i] + rest * mean[j]
    u = np.log(mixed)
    _without_mean(u, row, len(said_claim))
    together = _pooled(u, slot, len(slot_account), power)
    # The account's cap.
    scaled, total = np.empty(len(slot_account)), np.empty(len(slot_account))
    scaled_mean, count = np.zeros(n_accounts), np.zeros(n_accounts)
    largest = np.full(n_accounts, -np.inf)
    for i in range(len(slot_account)):
        k = slot_account[i]
        largest[k] = max(largest[k], together.total[i])
    for i in range(len(slot_account)):
        k = slot_account[i]
        scaled[i] = math.exp(together.total[i] - largest[k])
        scaled_mean[k] += scaled[i]
        count[k] += 1
    for k in range(n_accounts):
        scaled_mean[k] /= count[k]
    for i in range(len(slot_account)):
        k = slot_account[i]
        a, rest = _cap(
            said_claim[best[k]], reversal[best[k]], quality, integers, floats
        )
        total[i] = a * scaled[i] + rest * scaled_mean[k]
    weight = np.log(total)
    _without_mean(weight, slot_account, n_accounts)
    return Vectors(
        weight,
        best,
        mixed,
        likelihood,
        mean,
        u,
        together,
        scaled,
        scaled_mean,
        total,
    )


@_njit
def _honest(claim, integers, floats):
    speaker = _indices(integers, _CLAIM.speaker)[claim]
    return 1 - _numbers(floats, integers, _SOURCE.deceives)[speaker]


@_njit
def _cap(claim, reversal, quality, integers, floats):
    """What is genuine of a claim on rivals, less reversal, and the complement."""
    honest = _honest(claim, integers, floats)
    a = honest * quality.genuine[claim] - reversal
    if a <= 0:
        return 0.0, 1.0
    return a, (1 - honest) + honest * quality.spurious[claim] + reversal


@_njit
def _genuine(claim, best, fresh, reversal, quality, integers, floats):
    """Q f / a, where a is that of the best claim of the account, and the complement."""
    a, _ = _cap(best, reversal, quality, integers, floats)
    q, _ = _cap(claim, reversal, quality, integers, floats)
    if q <= 0:
        return 0.0, 1.0
    behind = _honest(claim, integers, floats) * _apart(claim, best, quality)
    rest = behind / a + q / a * ((1 - fresh) + fresh * quality.unheard[claim])
    return q / a * fresh * quality.heard[claim], rest


@_njit
def _vectors_back(
    d_weight,
    vector,
    quality,
    size,
    power,
    d_quality,
    d_size,
    d_power,
    integers,
    floats,
):
    said_claim = _indices(integers, _OF_RIVALS.claim)
    freshness = _numbers(floats, integers, _OF_RIVALS.freshness)
    reversal = _numbers(floats, integers, _OF_RIVALS.reversal)
    said_account = _indices(integers, _OF_RIVALS.account)
    row = _indices(integers, _OF_RIVALS.row)
    slot = _indices(integers, _OF_RIVALS.slot)
    strength = _indices(integers, _OF_RIVALS.strength)
    sign = _numbers(floats, integers, _OF_RIVALS.sign)
    slot_account = _indices(integers, _OF_RIVALS.slot_account)
    n_accounts, n_rows = len(vector.best), len(said_claim)

    # The account's cap: log(a e + rest * mean e), less its mean.
    d_total = d_weight.copy()
    _without_mean(d_total, slot_account, n_accounts)
    d_mean, count = np.zeros(n_accounts), np.zeros(n_accounts)
    d_together = np.empty(len(slot_account))
    for i in range(len(slot_account)):
        k = slot_account[i]
        d_total[i] /= vector.total[i]
        j = vector.best[k]
        _, rest = _cap(said_claim[j], reversal[j], quality, integers, floats)
        d_mean[k] += d_total[i] * rest
        count[k] += 1
    d_cap = np.zeros(n_accounts)  # by a; the complement goes with it
    for i in range(len(slot_account)):
        k = slot_account[i]
        j = vector.best[k]
        a, _ = _cap(said_claim[j], reversal[j], quality, integers, floats)
        d_cap[k] += d_total[i] * (vector.scaled[i] - vector.scaled_mean[k])
        d_together[i] = (d_total[i] * a + d_mean[k] / count[k]) * vector.scaled[i]
    # A shift of all answers of an account changes nothing: any scale will do.
    d_u = np.zeros(len(row))
    _pooled_back(
        d_together, vector.together, vector.u, slot, power, IN_ACCOUNT, d_u, d_power
    )

    # Each claim: log(g v + rest * mean v), less its mean.
    _without_mean(d_u, row, n_rows)
    d_genuine, d_row_mean = np.zeros(n_rows), np.zeros(n_rows)
    row_count = np.zeros(n_rows)
    for i in range(len(row)):
        j = row[i]
        d_u[i] /= vector.mixed[i]
        _, rest = _genuine(
            said_claim[j],
            said_claim[vector.best[said_account[j]]],
            freshness[j],
            reversal[j],
            quality,
            integers,
            floats,
        )
        d_genuine[j] += d_u[i] * (vector.likelihood[i] - vector.mean[j])
        d_row_mean[j] += d_u[i] * rest
        row_count[j] += 1
    for i in range(len(row)):
        j = row[i]
        g, _ = _genuine(
            said_claim[j],
            said_claim[vector.best[said_account[j]]],
            freshness[j],
            reversal[j],
            quality,
            integers,
            floats,
        )
        by_log = (d_u[i] * g + d_row_mean[j] / row_count[j]) * vector.likelihood[i]
        d_size[strength[i]] += by_log * sign[i]
    # g = q f / a
    for j in range(n_rows):
        claim, k = said_claim[j], said_account[j]
        best = said_claim[vector.best[k]]
        a, _ = _cap(best, reversal[j], quality, integers, floats)
        q, _ = _cap(claim, reversal[j], quality, integers, floats)
        if q <= 0:
            continue
        f = freshness[j] * quality.heard[claim]
        d_quality.heard[claim] += d_genuine[j] * q / a * freshness[j]
        honest = _honest(claim, integers, floats)
        if claim != best:
            slope = honest * quality.genuine[claim] * quality.spurious[claim]
            d_quality.log_odds[claim] += d_genuine[j] * f / a * slope
            d_cap[k] -= d_genuine[j] * q * f / (a * a)
    for k in range(n_accounts):
        j = vector.best[k]
        a, _ = _cap(said_claim[j], reversal[j], quality, integers, floats)
        if a > 0:
            claim = said_claim[j]
            slope = quality.genuine[claim] * quality.spurious[claim]
            slope *= _honest(claim, integers, floats)
            d_quality.log_odds[claim] += d_cap[k] * slope


class RivalWeights(NamedTuple):
    """What bears on answers of sets of rivals, and for the way back."""

    said: Any
    of_unit: Any
    across: Any
    factor: Any
    agreement: Any
    unit_slope: Any


@_njit
def _rivals(camp, reason, vector, power, integers, floats):
    weight = _indices(integers, _CONTRIBUTION.weight)
    share = _numbers(floats, integers, _CONTRIBUTION.share)
    of_part = _indices(integers, _CONTRIBUTION.part)
    unit = _indices(integers, _CONTRIBUTION.unit)
    part_answer = _indices(integers, _CONTRIBUTION.answer)
    rivals = _indices(integers, _ANSWER.rivals)
    n_units = _indices(integers, _SIZE.units)[0]
    n_sets = _indices(integers, _SIZE.sets)[0]
    said = np.empty(len(weight))
    for i in range(len(weight)):
        k = weight[i]
        if k < len(camp):
            said[i] = share[i] * camp[k]
        elif k < len(camp) + len(reason):
            said[i] = share[i] * reason[k - len(camp)]
        else:
            said[i] = share[i] * vector[k - len(camp) - len(reason)]
    of_unit = _pooled(said, of_part, len(unit), power[IN_CAMP])
    across = _pooled(of_unit.total, part_answer, len(rivals), power[ACROSS])
    log_n = np.zeros(n_sets)
    for h in range(len(rivals)):
        log_n[rivals[h]] += 1
    log_n = np.log(log_n)
    whole = _log_sums(across.total, rivals, n_sets)
    factor = np.empty(len(rivals))
    for h in range(len(rivals)):
        factor[h] = across.total[h] - whole[rivals[h]] + log_n[rivals[h]]
    # Agreement.
    whole = _log_sums(of_unit.total, unit, n_units)
    together = np.zeros(len(rivals))
    for i in range(len(unit)):
        together[part_answer[i]] += of_unit.total[i] - whole[unit[i]]
        together[part_answer[i]] += log_n[rivals[part_answer[i]]]
    of_set = _log_sums(together, rivals, n_sets)
    agreement = 0.0
    for k in range(n_sets):
        agreement += of_set[k] - log_n[k]
    unit_slope = np.empty(len(unit))
    for i in range(len(unit)):
        h = part_answer[i]
        unit_slope[i] = math.exp(together[h] - of_set[rivals[h]])
        unit_slope[i] -= math.exp(of_unit.total[i] - whole[unit[i]])
    return RivalWeights(said, of_unit, across, factor, agreement, unit_slope)


@_njit
def _rivals_back(
    d_factor, of, power, d_camp, d_reason, d_vector, d_power, integers, floats
):
    weight = _indices(integers, _CONTRIBUTION.weight)
    share = _numbers(floats, integers, _CONTRIBUTION.share)
    of_part = _indices(integers, _CONTRIBUTION.part)
    part_answer = _indices(integers, _CONTRIBUTION.answer)
    rivals = _indices(integers, _ANSWER.rivals)
    n_sets = _indices(integers, _SIZE.sets)[0]
    d_set, log_n = np.zeros(n_sets), np.zeros(n_sets)
    for h in range(len(rivals)):
        d_set[rivals[h]] += d_factor[h]
        log_n[rivals[h]] += 1
    d_across = np.empty(len(rivals))
    for h in range(len(rivals)):
        k = rivals[h]
        d_across[h] = d_factor[h] - d_set[k] * math.exp(of.factor[h]) / log_n[k]
    d_unit = of.unit_slope.copy()
    _pooled_back(
        d_across,
        of.across,
        of.of_unit.total,
        part_answer,
        power,
        ACROSS,
        d_unit,
        d_power,
    )
    d_said = np.zeros(len(weight))
    _pooled_back(d_unit, of.of_unit, of.said, of_part, power, IN_CAMP, d_said, d_power)
    for i in range(len(weight)):
        k, d = weight[i], share[i] * d_said[i]
        if k < len(d_camp):
            d_camp[k] += d
        elif k < len(d_camp) + len(d_reason):
            d_reason[k - len(d_camp)] += d
        else:
            d_vector[k - len(d_camp) - len(d_reason)] += d


# Bonds


class BondFactors(NamedTuple):
    """Logarithms of the factors of bonds, four each, and for the way back."""

    log: Any
    best: Any
    size: Any
    up: Any
    down: Any
    weight: Any
    end: Any


@_njit
def _bonds(quality, left, power, integers, floats):
    bond = _indices(integers, _BOND.link)
    said_claim = _indices(integers, _BOND.claim)
    strength = _indices(integers, _BOND.strength)
    sign = _numbers(floats, integers, _BOND.sign)
    freshness = _numbers(floats, integers, _BOND.freshness)
    said_end = _indices(integers, _BOND.end)
    n_bonds = _indices(integers, _SIZE.bonds)[0]
    n, n_pairs = len(said_claim), len(bond)
    size, best = np.empty(n), np.full(n_pairs, -1)
    for i in range(n):
        claim = said_claim[i]
        size[i] = _honest(claim, integers, floats) * quality.genuine[claim]
        size[i] *= freshness[i] * quality.heard[claim]
        pair = said_end[i] // 2
        if best[pair] < 0 or size[i] > size[best[pair]]:
            best[pair] = i
    up, down, weight = np.empty(n), np.empty(n), np.empty(n)
    for i in range(n):
        most, e = size[best[said_end[i] // 2]], left[strength[i]]
        up[i] = most + size[i] * (1 - e) / (1 + e)
        down[i] = (most - size[i]) + size[i] * 2 * e / (1 + e)
        weight[i] = sign[i] * math.log(up[i] / down[i])
    end = _pooled(weight, said_end, 2 * n_pairs, power)
    log = np.zeros(4 * n_bonds)
    for pair in range(n_pairs):
        q, rest = size[best[pair]], _spurious(best[pair], quality, integers, floats)
        for outcome in range(4):
            one = _sigmoid((2 * (outcome // 2) - 1) * end.total[2 * pair])
            other = _sigmoid((2 * (outcome % 2) - 1) * end.total[2 * pair + 1])
            log[4 * bond[pair] + outcome] += math.log(rest + 4 * q * one * other)
            log[4 * bond[pair] + outcome] -= math.log(rest + 2 * q * one)
            log[4 * bond[pair] + outcome] -= math.log(rest + 2 * q * other)
    return BondFactors(log, best, size, up, down, weight, end)


@_njit
def _spurious(i, quality, integers, floats):
    """Probability that what was said is not genuine, or has not been heard."""
    claim = _indices(integers, _BOND.claim)[i]
    fresh = _numbers(floats, integers, _BOND.freshness)[i]
    honest = _honest(claim, integers, floats)
    lost = (1 - fresh) + fresh * quality.unheard[claim]
    return (1 - honest) + honest * (
        quality.spurious[claim] + quality.genuine[claim] * lost
    )


@_njit
def _bonds_back(
    d_log, of, quality, left, power, d_quality, d_left, d_power, integers, floats
):
    bond = _indices(integers, _BOND.link)
    said_claim = _indices(integers, _BOND.claim)
    strength = _indices(integers, _BOND.strength)
    sign = _numbers(floats, integers, _BOND.sign)
    freshness = _numbers(floats, integers, _BOND.freshness)
    said_end = _indices(integers, _BOND.end)
    n, n_pairs = len(said_claim), len(bond)
    d_size, d_end = np.zeros(n), np.zeros(2 * n_pairs)
    for pair in range(n_pairs):
        best = of.best[pair]
        q, rest = of.size[best], _spurious(best, quality, integers, floats)
        for outcome in range(4):
            d = d_log[4 * bond[pair] + outcome]
            first, second = 2 * (outcome // 2) - 1, 2 * (outcome % 2) - 1
            end, end_2 = of.end.total[2 * pair], of.end.total[2 * pair + 1]
            one, other = _sigmoid(first * end), _sigmoid(second * end_2)
            by_both = d / (rest + 4 * q * one * other)
            by_one, by_other = d / (rest + 2 * q * one), d / (rest + 2 * q * other)
            # The rest is 1 - q.
            d_size[best] += by_both * (4 * one * other - 1)
            d_size[best] -= by_one * (2 * one - 1) + by_other * (2 * other - 1)
            slope, slope_2 = first * one * _sigmoid(-first * end), second * other
            slope_2 *= _sigmoid(-second * end_2)
            d_end[2 * pair] += (by_both * 4 * other - by_one * 2) * q * slope
            d_end[2 * pair + 1] += (by_both * 4 * one - by_other * 2) * q * slope_2
    d_weight = np.zeros(n)
    _pooled_back(
        d_end, of.end, of.weight, said_end, power, IN_ACCOUNT, d_weight, d_power
    )
    for i in range(n):
        e, best = left[strength[i]], of.best[said_end[i] // 2]
        d_up, d_down = (
            sign[i] * d_weight[i] / of.up[i],
            -sign[i] * d_weight[i] / of.down[i],
        )
        d_size[best] += d_up + d_down
        d_size[i] += d_up * (1 - e) / (1 + e) - d_down * (1 - e) / (1 + e)
        d_left[strength[i]] += 2 * of.size[i] * (d_down - d_up) / ((1 + e) * (1 + e))
    for i in range(n):
        claim = said_claim[i]
        honest = _honest(claim, integers, floats)
        by = d_size[i] * honest * freshness[i] * quality.genuine[claim]
        d_quality.heard[claim] += by
        d_quality.log_odds[claim] += by * quality.heard[claim] * quality.spurious[claim]


# Outcomes


class Leaves(NamedTuple):
    """Logarithms of the leaves, and for the way back."""

    log: Any
    log_odds: Any
    occurs: Any
    entry: Any


@_njit
def _leaves(x, at, scenario, rivals, bonds, integers, floats):
    cell_scenario = _indices(integers, _JOINT.cell_scenario)
    parent_cell = _indices(integers, _JOINT.parent_cell)
    parent_link = _indices(integers, _JOINT.parent_link)
    entry_cell = _indices(integers, _JOINT.entry_cell)
    entry_answer = _indices(integers, _JOINT.entry_answer)
    entry_parent = _indices(integers, _JOINT.entry_parent)
    entry_link = _indices(integers, _JOINT.entry_link)
    passed = _numbers(floats, integers, _CLOCK.passed)
    dated = _numbers(floats, integers, _CLOCK.dated)
    allowed_no = _numbers(floats, integers, _CLOCK.log_allowed_no)
    allowed_yes = _numbers(floats, integers, _CLOCK.log_allowed_yes)
    answer_prior = _indices(integers, _ANSWER.prior)
    allowed = _numbers(floats, integers, _ANSWER.log_allowed)
    n_cells, n_entries = len(cell_scenario), len(entry_cell)
    log = np.empty(2 * n_cells + n_entries + len(bonds.log))
    log_odds, occurs = np.empty(n_cells), np.zeros(n_cells)
    for c in range(n_cells):
        log_odds[c] = x[at.prior + cell_scenario[c]]
    for i in range(len(parent_cell)):
        log_odds[parent_cell[i]] += x[at.link + parent_link[i]]
    for c in range(n_cells):
        s = cell_scenario[c]
        hazard = _softplus(log_odds[c])
        past = passed[s] * hazard
        if dated[s]:
            log_hazard = math.log(hazard) if log_odds[c] > -30 else log_odds[c]
            yes = log_hazard - past
        else:
            occurs[c] = _missed(s, x, at, integers, floats) * -math.expm1(-past)
            occurs[c] -= math.exp(-past) * math.expm1(-(1 - passed[s]) * hazard)
            yes = math.log(occurs[c]) if occurs[c] > 0 else -np.inf
        log[c] = allowed_no[s] - hazard - _softplus(scenario[s])
        log[n_cells + c] = allowed_yes[s] + yes - _softplus(-scenario[s])
    entry = np.empty(n_entries)
    n_scenarios = at.source - at.prior
    for i in range(n_entries):
        prior = answer_prior[entry_answer[i]]
        place = at.prior + prior
        if prior >= n_scenarios:
            place = at.none + prior - n_scenarios
        entry[i] = -_softplus(-x[place])
    for i in range(len(entry_parent)):
        entry[entry_parent[i]] += x[at.link + entry_link[i]]
    n_sets_of_causes = entry_cell[-1] + 1 if n_entries else 0
    whole = _log_sums(entry, entry_cell, n_sets_of_causes)
    for i in range(n_entries):
        entry[i] -= whole[entry_cell[i]]
        h = entry_answer[i]
        log[2 * n_cells + i] = entry[i] + allowed[h] + rivals.factor[h]
    for i in range(len(bonds.log)):
        log[2 * n_cells + n_entries + i] = bonds.log[i]
    return Leaves(log, log_odds, occurs, entry)


@_njit
def _missed(s, x, at, integers, floats):
    """Probability that what has occurred is not settled here."""
    if _numbers(floats, integers, _CLOCK.unknown)[s]:
        return _sigmoid(-x[at.noticed + _indices(integers, _CLOCK.noticed)[s]])
    return _numbers(floats, integers, _CLOCK.missed)[s]


@_njit
def _leaves_back(d_log, leaves, x, at, scenario, rivals, d_x, integers, floats):
    cell_scenario = _indices(integers, _JOINT.cell_scenario)
    parent_cell = _indices(integers, _JOINT.parent_cell)
    parent_link = _indices(integers, _JOINT.parent_link)
    entry_cell = _indices(integers, _JOINT.entry_cell)
    entry_answer = _indices(integers, _JOINT.entry_answer)
    entry_parent = _indices(integers, _JOINT.entry_parent)
    entry_link = _indices(integers, _JOINT.entry_link)
    passed = _numbers(floats, integers, _CLOCK.passed)
    dated = _numbers(floats, integers, _CLOCK.dated)
    unknown = _numbers(floats, integers, _CLOCK.unknown)
    noticed = _indices(integers, _CLOCK.noticed)
    answer_prior = _indices(integers, _ANSWER.prior)
    n_cells, n_entries = len(cell_scenario), len(entry_cell)
    d_scenario, d_factor = np.zeros(len(scenario)), np.zeros(len(rivals.factor))
    d_log_odds = np.empty(n_cells)
    for c in range(n_cells):
        s, d_no, d_yes = cell_scenario[c], d_log[c], d_log[n_cells + c]
        d_scenario[s] += d_yes * _sigmoid(-scenario[s]) - d_no * _sigmoid(scenario[s])
        hazard = _softplus(leaves.log_odds[c])
        d_hazard = -d_no
        slope = _sigmoid(leaves.log_odds[c])
        d_log_odds[c] = 0.0
        if d_yes > 0 and dated[s]:
            d_hazard -= d_yes * passed[s]
            small = leaves.log_odds[c] <= -30
            d_log_odds[c] += d_yes * (1.0 if small else slope / hazard)
        elif d_yes > 0:
            missed = _missed(s, x, at, integers, floats)
            still = math.exp(-passed[s] * hazard)
            by_hazard = math.exp(-hazard) - (1 - missed) * passed[s] * still
            d_hazard += d_yes * by_hazard / leaves.occurs[c]
            if unknown[s]:
                d_missed = d_yes * -math.expm1(-passed[s] * hazard) / leaves.occurs[c]
                d_x[at.noticed + noticed[s]] -= d_missed * missed * (1 - missed)
        d_log_odds[c] += d_hazard * slope
        d_x[at.prior + s] += d_log_odds[c]
    for i in range(len(parent_cell)):
        d_x[at.link + parent_link[i]] += d_log_odds[parent_cell[i]]

    n_sets_of_causes = entry_cell[-1] + 1 if n_entries else 0
    d_whole = np.zeros(n_sets_of_causes)
    for i in range(n_entries):
        d_whole[entry_cell[i]] += d_log[2 * n_cells + i]
    d_entry = np.empty(n_entries)
    n_scenarios = at.source - at.prior
    for i in range(n_entries):
        d_factor[entry_answer[i]] += d_log[2 * n_cells + i]
        d_entry[i] = d_log[2 * n_cells + i]
        d_entry[i] -= d_whole[entry_cell[i]] * math.exp(leaves.entry[i])
        prior = answer_prior[entry_answer[i]]
        place = at.prior + prior
        if prior >= n_scenarios:
            place = at.none + prior - n_scenarios
        d_x[place] += d_entry[i] * _sigmoid(-x[place])
    for i in range(len(entry_parent)):
        d_x[at.link + entry_link[i]] += d_entry[entry_parent[i]]
    return d_scenario, d_factor, d_log[2 * n_cells + n_entries :]


@_njit
def _sum_out(leaves, integers):
    """Sum joint outcomes out, as ``model.likelihood.elimination`` does."""
    n_factors = _indices(integers, _JOINT.step_factors)
    n_states = _indices(integers, _JOINT.step_states)
    n_messages = _indices(integers, _JOINT.step_messages)
    place = _indices(integers, _JOINT.place)
    root = _indices(integers, _JOINT.root)
    n_leaves, n_shares = len(leaves), 0
    for step in range(len(n_factors)):
        n_shares += n_states[step] * n_messages[step]
    values = np.empty(n_leaves + np.sum(n_messages))
    for i in range(n_leaves):
        values[i] = leaves[i]
    share = np.empty(n_shares)
    end, start, first = n_leaves, 0, 0
    for step in range(len(n_factors)):
        n = n_states[step] * n_messages[step]
        for i in range(n):
            share[first + i] = values[place[start + i]]
        for i in range(n, n_factors[step] * n):
            share[first + i % n] += values[place[start + i]]
        for m in range(n_messages[step]):
            best, total = -np.inf, 0.0
            for i in range(first + m, first + n, n_messages[step]):
                best = max(best, share[i])
            for i in range(first + m, first + n, n_messages[step]):
                share[i] = math.exp(share[i] - best) if best > -np.inf else 0.0
                total += share[i]
            for i in range(first + m, first + n, n_messages[step]):
                share[i] /= max(total, 1.0)  # the best alone has 1
            values[end + m] = best + math.log(total) if total > 0 else -np.inf
        end += n_messages[step]
        start += n_factors[step] * n
        first += n
    log_sum = 0.0
    slope = np.zeros(len(values))
    for i in range(len(root)):
        log_sum += values[root[i]]
        slope[root[i]] = 1.0
    for step in range(len(n_factors) - 1, -1, -1):
        n = n_states[step] * n_messages[step]
        end -= n_messages[step]
        start -= n_factors[step] * n
        first -= n
        for i in range(n):
            share[first + i] *= slope[end + i % n_messages[step]]
        for i in range(n_factors[step] * n):
            slope[place[start + i]] += share[first + i % n]
    return log_sum, slope[:n_leaves]


if __name__ == "__main__":  # when Deciban is set up
    from deciban.model.likelihood import kernel  # by this name the cache knows it

    kernel.compiled()
