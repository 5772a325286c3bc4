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

__all__ = ["CROWDED", "DIVERGED", "FOREIGN", "Kernel", "compiled"]

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

# What is worked with is as long as an array of the casebook's, or as one of its sizes,
# which stand side by side: at most so many times what is packed, and the sum of these.
_TIMES_PACKED, _TIMES_SIZES = 6, 16

_LOG_2 = math.log(2)
_HALF_LOG_2_PI = math.log(2 * math.pi) / 2

DIVERGED = 1
"""Returned where the log-density or its gradient is not finite: go elsewhere."""

FOREIGN = -1
"""Returned where the vector was packed for another kernel, or for another z."""

CROWDED = -2
"""Returned where the memory taken did not suffice, which the tests rule out."""

# Not finite is an answer here, and no error. These functions call each other alone:
# wrappers for Python and C would be compiled for nothing. So would the message that
# numba has for shapes that differ, wherever arrays or slices meet: hence loops.
#
# Arrays are stretches of memory that is taken and given back once a call. Numba's own
# cost a third of the call: each is allocated, and its users counted, atomically, in
# every loop. It counts none where ``_nrt`` is off, which it refuses to a function that
# returns an array. What is called in loops is given numbers: an array is handed over
# as seven words on the stack.
_OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
_untyped: Any = njit  # whose types do not know ``_nrt``
_njit = _untyped(**_OPTIONS, _nrt=False)
_inlined = _untyped(**_OPTIONS, _nrt=False, forceinline=True)
_array = _untyped(**_OPTIONS, _nrt=True, forceinline=True)
_malloc = types.ExternalFunction("malloc", types.voidptr(types.uintp))
_free = types.ExternalFunction("free", types.void(types.voidptr))


class Kernel(NamedTuple):
    """The compiled functions; each has an ``address`` and a ``ctypes`` callable.

    Attributes
    ----------
    log_density
        ``int64(uint64 n, double *z, double *gradient, double *value, void *packed)``:
        writes the gradient, shape (n,), and the log-density, shape (), of z, shape
        (n,); returns 0, ``DIVERGED``, ``FOREIGN`` or ``CROWDED``.
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
        scale = floats[integers[_SCALE] : integers[_SCALE + 1]]
        if len(scale) != n:
            return FOREIGN
        n_words = _TIMES_PACKED * head[1]
        for at in range(_SIZE[0], _SIZE[-1] + 1):
            n_words += _TIMES_SIZES * integers[integers[at]]
        memory = _malloc(8 * n_words)
        room = carray(memory, (n_words,), np.float64)
        of_indices = carray(memory, (n_words,), np.int64)
        room[0] = 1
        log_likelihood, slope = _evaluate(z, integers, floats, room, of_indices)
        total, is_finite = 0.0, True
        for i in range(n):
            total -= z[i] * z[i] / 2 + _HALF_LOG_2_PI
            gradient[i] = scale[i] * slope[i] - z[i]
            is_finite &= math.isfinite(gradient[i])
        value[0] = total + log_likelihood
        is_crowded = room[0] > n_words
        _free(memory)
        if is_crowded:
            return CROWDED
        return 0 if is_finite and math.isfinite(value[0]) else DIVERGED

    @cfunc(_COPY, cache=cache, error_model="numpy")
    def copy(n, m, z, out, packed):
        if n != m:
            return FOREIGN
        for i in range(n):
            out[i] = z[i]
        return 0

    return Kernel(log_density, copy)


class _Point(NamedTuple):
    """A casebook at one z.

    Its packed vector, seen as integers and as floats; room for what is made of it, seen
    as floats and as indices; x; one and the odds of each overlap; and where each kind
    of unknown begins in x.
    """

    integers: Any
    floats: Any
    room: Any
    of_indices: Any
    x: Any
    power: Any
    at: Any


class _Places(NamedTuple):
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


class _Slopes(NamedTuple):
    """Derivatives of the log-likelihood by what several stages are made of.

    ``heard`` is by the probability of being heard and its complement together, and
    ``tilt`` likewise.
    """

    x: Any
    power: Any
    log_odds: Any
    heard: Any
    size: Any
    tilt: Any


@_array
def _new(n, room):
    """Room for n numbers, which say nothing yet; the first says where room is left."""
    start = int(room[0])
    room[0] += n
    if room[0] > len(room):  # nonsense, which is noticed in the end
        start = 1
    return room[start : start + n]


@_array
def _filled(n, value, room):
    numbers = _new(n, room)
    for i in range(n):
        numbers[i] = value
    return numbers


@_array
def _zeros(n, room):
    return _filled(n, 0.0, room)


@_array
def _new_indices(n, here):
    """Room for n indices, each -1 as yet."""
    start = int(here.room[0])
    _new(n, here.room)
    indices = here.of_indices[start : start + n]
    for i in range(n):
        indices[i] = -1
    return indices


@_array
def _indices(here, at):
    """The array of indices that begins where the word ``at`` of the header says."""
    return here.integers[here.integers[at] : here.integers[at + 1]]


@_array
def _numbers(here, at):
    """The same for an array of floats."""
    return here.floats[here.integers[at] : here.integers[at + 1]]


@_inlined
def _count(here, at):
    """The only one of an array of indices."""
    return here.integers[here.integers[at]]


@_inlined
def _probabilities(log_odds):
    """Probability of these odds, and its complement."""
    lesser = math.exp(-abs(log_odds))
    greater = 1 / (1 + lesser)
    lesser *= greater
    return (greater, lesser) if log_odds >= 0 else (lesser, greater)


@_inlined
def _softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


# In place: one round of LLVM less over all of it.
@_untyped(error_model="numpy", _nrt=False, inline="always")
def _evaluate(z, integers, floats, room, of_indices):
    """Log-likelihood of a casebook at one z, and its derivative by x.

    Parameters
    ----------
    z : ndarray of float64, shape (unknown,)
        Standard normals.
    integers, floats : ndarray
        The casebook as ``Arrays.packed`` gives it, seen as int64 and as float64.
    room, of_indices : ndarray
        Memory to work with, seen as float64, of which the first says how many words
        are taken, and as int64.
    """
    here = _at_point(z, integers, floats, room, of_indices)
    x, power, at = here.x, here.power, here.at
    of_camp = _indices(here, _ACCOUNT.camp)
    n_camps = _count(here, _SIZE.camps)

    quality = _quality(here)
    strength = _strengths(here)
    account = _accounts(quality, strength, here)
    camp = _pooled(account.weight, of_camp, n_camps, power[IN_CAMP], here.room)
    target = _targets(camp.total, strength, here)
    vector = _vectors(quality, strength.size, here)
    rivals = _rivals(camp.total, target.reason, vector.weight, here)
    bonds = _bonds(quality, strength, here)
    leaves = _leaves(target.scenario.total, rivals, bonds, here)
    log_sum, d_leaves = _sum_out(leaves.log, here)
    agreement = account.line + target.agreement + rivals.agreement

    d = _Slopes(
        _zeros(len(x), here.room),
        _zeros(N_OVERLAPS, here.room),
        _zeros(len(quality.log_odds), here.room),
        _zeros(len(quality.log_odds), here.room),
        _zeros(len(strength.size), here.room),
        _zeros(len(strength.size), here.room),
    )
    d_camp, d_reason = _zeros(n_camps, here.room), _zeros(len(target.reason), here.room)
    d_account, d_vector = (
        _zeros(len(of_camp), here.room),
        _zeros(len(vector.weight), here.room),
    )
    d_scenario, d_factor, d_bond = _leaves_back(d_leaves, leaves, rivals, d, here)
    _bonds_back(d_bond, bonds, quality, strength, d, here)
    _rivals_back(d_factor, rivals, d_camp, d_reason, d_vector, d, here)
    _vectors_back(d_vector, vector, quality, strength.size, d, here)
    _targets_back(d_scenario, target, d_camp, d_reason, d, here)
    _pooled_back(d_camp, camp, of_camp, IN_CAMP, d_account, d)
    _accounts_back(d_account, account, quality, strength, d, here)
    _strengths_back(strength, d, at)
    _quality_back(quality, d, here)
    for i in range(N_OVERLAPS):
        d.x[at.overlap + i] += d.power[i] * (power[i] - 1)
    return log_sum + agreement, d.x


@_njit
def _at_point(z, integers, floats, room, of_indices):
    prior = N_DIGITS + N_WORDS + 1 + N_OVERLAPS + N_GRADES
    source = prior + integers[integers[_SIZE.scenarios]]
    link = source + integers[integers[_SIZE.sources]]
    interest = link + integers[integers[_SIZE.links]]
    noticed = interest + integers[integers[_SIZE.interests]]
    at = _Places(
        word=N_DIGITS,
        calibration=N_DIGITS + N_WORDS,
        overlap=N_DIGITS + N_WORDS + 1,
        grade=N_DIGITS + N_WORDS + 1 + N_OVERLAPS,
        prior=prior,
        source=source,
        link=link,
        interest=interest,
        noticed=noticed,
        none=noticed + integers[integers[_SIZE.noticed]],
    )
    x = _new(len(z), room)
    location = floats[integers[_LOCATION] : integers[_LOCATION + 1]]
    scale = floats[integers[_SCALE] : integers[_SCALE + 1]]
    for i in range(len(z)):
        x[i] = location[i] + scale[i] * z[i]
    power = (
        1 + math.exp(x[at.overlap]),
        1 + math.exp(x[at.overlap + 1]),
        1 + math.exp(x[at.overlap + 2]),
    )
    return _Point(integers, floats, room, of_indices, x, power, at)


# Adding what overlaps


class _Pooled(NamedTuple):
    """What ``overlap.pooled`` makes of weights.

    ``slope`` is the derivative of its total by each weight, ``by_power`` that of each
    total by the power.
    """

    total: Any
    slope: Any
    by_power: Any


@_njit
def _pooled(weights, place, n, power, room):
    # Two sides of each total: what is for it, and what is against it.
    best, summed, log_mean = (
        _zeros(2 * n, room),
        _zeros(2 * n, room),
        _zeros(2 * n, room),
    )
    total, by_power, slope = _zeros(n, room), _zeros(n, room), _zeros(len(place), room)
    for i in range(len(place)):
        side = 2 * place[i] + (weights[i] < 0)
        best[side] = max(best[side], abs(weights[i]))
    for i in range(len(place)):
        side = 2 * place[i] + (weights[i] < 0)
        if abs(weights[i]) == best[side]:
            slope[i] = 1.0 if best[side] > 0 else 0.0
        elif weights[i] != 0:
            log_ratio = math.log(abs(weights[i]) / best[side])
            slope[i] = math.exp(power * log_ratio)
            log_mean[side] += slope[i] * log_ratio
        summed[side] += slope[i]
    for side in range(2 * n):
        k, norm = side // 2, best[side]
        if summed[side] > 1:  # else none, or one
            log_sum = math.log(summed[side])
            norm *= math.exp(log_sum / power)
            by_log = (log_mean[side] / summed[side] - log_sum / power) / power
            by_power[k] += norm * by_log * (1 - 2 * (side % 2))
            best[side] = norm / summed[side]
        total[k] += norm * (1 - 2 * (side % 2))
    for i in range(len(place)):
        side = 2 * place[i] + (weights[i] < 0)
        if summed[side] > 1 and weights[i] != 0:
            slope[i] *= best[side] / abs(weights[i])
    return _Pooled(total, slope, by_power)


@_njit
def _pooled_back(d_total, pooled, place, which, d_weights, d):
    for i in range(len(place)):
        d_weights[i] += d_total[place[i]] * pooled.slope[i]
    for k in range(len(d_total)):
        d.power[which] += d_total[k] * pooled.by_power[k]


@_njit
def _agreement(weights, place, n, room):
    """Sum of ``overlap.agreement`` over all places, and its derivative by weight."""
    together, slope = _zeros(n, room), _zeros(len(place), room)
    count = _zeros(n, room)
    for i in range(len(place)):
        together[place[i]] += weights[i]
        count[place[i]] += 1
    log_probability, product = 0.0, 1.0
    for k in range(n):
        if count[k] == 0:
            log_probability += _LOG_2
        elif count[k] > 1:  # one agrees with itself
            log_probability += _softplus(together[k])
            together[k] = _probabilities(together[k])[0]
    for i in range(len(place)):
        if count[place[i]] > 1:
            lesser = math.exp(-abs(weights[i]))
            log_probability -= max(weights[i], 0.0)
            product *= 1 + lesser
            if product > 1e300:
                log_probability -= math.log(product)
                product = 1.0
            own = (1.0 if weights[i] >= 0 else lesser) / (1 + lesser)
            slope[i] = together[place[i]] - own
    return log_probability - math.log(product), slope


@_array
def _log_sums(values, place, n, room):
    """Logarithm of the sum of the exponentials of what shares a place."""
    best, total = _filled(n, -np.inf, room), _zeros(n, room)
    for i in range(len(place)):
        best[place[i]] = max(best[place[i]], values[i])
    for i in range(len(place)):
        total[place[i]] += math.exp(values[i] - best[place[i]])
    for k in range(n):
        best[k] += math.log(total[k])
    return best


@_njit
def _without_mean(values, place, n, room):
    """Subtract from each value the mean of what shares its place."""
    total, count = _zeros(n, room), _zeros(n, room)
    for i in range(len(place)):
        total[place[i]] += values[i]
        count[place[i]] += 1
    for i in range(len(place)):
        values[i] -= total[place[i]] / count[place[i]]


@_array
def _logs(values, room):
    logs = _new(len(values), room)
    for i in range(len(values)):
        logs[i] = math.log(values[i])
    return logs


# Strengths, and how good the claims are


class _Strengths(NamedTuple):
    """Strengths in nats, words' first: size, e^-size, tanh(size / 2), 1 less that."""

    size: Any
    left: Any
    tilt: Any
    untilted: Any


@_njit
def _strengths(here):
    x, stated = here.x, _numbers(here, _STATED)
    n = N_WORDS + len(stated)
    size, left, tilt, untilted = (
        _new(n, here.room),
        _new(n, here.room),
        _new(n, here.room),
        _new(n, here.room),
    )
    for i in range(n):
        if i < N_WORDS:
            log_size = x[here.at.calibration] + x[here.at.word + i]
            size[i] = math.exp(log_size) / DECIBANS_PER_NAT
        else:
            size[i] = stated[i - N_WORDS]
        size[i] = min(size[i], MOST_NATS)
        left[i] = math.exp(-size[i])
        tilt[i] = (1 - left[i]) / (1 + left[i])
        untilted[i] = 2 * left[i] / (1 + left[i])
    return _Strengths(size, left, tilt, untilted)


@_njit
def _strengths_back(strength, d, at):
    for w in range(N_WORDS):
        if strength.size[w] < MOST_NATS:
            by_size = d.tilt[w] * strength.untilted[w] * (2 - strength.untilted[w]) / 2
            by_log = (d.size[w] + by_size) * strength.size[w]
            d.x[at.word + w] += by_log
            d.x[at.calibration] += by_log


class _Quality(NamedTuple):
    """See ``accounts.Quality``, and the probabilities that the log-odds are.

    ``relayed`` is the probability of each source that it relays what it heard.
    """

    log_odds: Any
    heard: Any
    unheard: Any
    genuine: Any
    spurious: Any
    relayed: Any


@_njit
def _quality(here):
    x, at = here.x, here.at
    grade = _indices(here, _SOURCE.grade)
    shifted = _numbers(here, _SOURCE.shifted)
    speaker = _indices(here, _CLAIM.speaker)
    credibility = _indices(here, _CLAIM.credibility)
    share = _numbers(here, _CLAIM.share)
    at_first_hand = _numbers(here, _CLAIM.heard)
    relay_claim = _indices(here, _RELAY.claim)
    relay_source = _indices(here, _RELAY.source)
    n, n_sources = len(speaker), len(grade)
    reliability = _new(n_sources, here.room)
    relayed, lost = _new(n_sources, here.room), _new(n_sources, here.room)
    for k in range(n_sources):
        reliability[k] = x[at.source + k] + shifted[k] * x[at.grade + grade[k]]
        relayed[k], lost[k] = _probabilities(reliability[k] + _LOG_2)
    log_odds, genuine, spurious = (
        _new(n, here.room),
        _new(n, here.room),
        _new(n, here.room),
    )
    heard, unheard = _zeros(n, here.room), _filled(n, 1.0, here.room)
    for i in range(len(relay_claim)):
        claim, k = relay_claim[i], relay_source[i]
        heard[claim] += unheard[claim] * relayed[k]
        unheard[claim] *= lost[k]
    for i in range(n):
        log_odds[i] = share[i] * x[credibility[i]]
        log_odds[i] += (1 - share[i]) * reliability[speaker[i]]
        genuine[i], spurious[i] = _probabilities(log_odds[i])
        if at_first_hand[i]:
            heard[i], unheard[i] = 1.0, 0.0
        else:
            either = 1 + unheard[i]
            heard[i] /= either
            unheard[i] *= 2 / either
    return _Quality(log_odds, heard, unheard, genuine, spurious, relayed)


@_njit
def _quality_back(quality, d, here):
    at = here.at
    grade = _indices(here, _SOURCE.grade)
    shifted = _numbers(here, _SOURCE.shifted)
    speaker = _indices(here, _CLAIM.speaker)
    credibility = _indices(here, _CLAIM.credibility)
    share = _numbers(here, _CLAIM.share)
    relay_claim = _indices(here, _RELAY.claim)
    relay_source = _indices(here, _RELAY.source)
    d_reliability = _zeros(len(grade), here.room)
    for i in range(len(speaker)):
        d.x[credibility[i]] += share[i] * d.log_odds[i]
        d_reliability[speaker[i]] += (1 - share[i]) * d.log_odds[i]
    for i in range(len(relay_claim)):
        claim, k = relay_claim[i], relay_source[i]
        unheard = quality.unheard[claim]
        by_relay = quality.relayed[k] * unheard * (2 - unheard) / 2
        d_reliability[k] += d.heard[claim] * by_relay
    for k in range(len(grade)):
        d.x[at.source + k] += d_reliability[k]
        d.x[at.grade + grade[k]] += shifted[k] * d_reliability[k]


# Accounts


class _AccountWeights(NamedTuple):
    """Weights of accounts, what interest in them teaches, and for the way back.

    Of each side its ``pull``, the claim that is ``best``, and what the side ``leaves``,
    e^-N, with its slopes: by the power, and ``share``, by what each claim alone leaves.
    That has slopes by the claim's tilt, by its log-odds and the best one's, and by the
    pull.
    """

    weight: Any
    line: Any
    pull: Any
    best: Any
    leaves: Any
    by_power: Any
    share: Any
    by_tilt: Any
    by_odds: Any
    by_best: Any
    by_pull: Any


@_njit
def _accounts(quality, strength, here):
    said_claim = _indices(here, _SAID.claim)
    said_strength = _indices(here, _SAID.strength)
    freshness = _numbers(here, _SAID.freshness)
    said_side = _indices(here, _SAID.side)
    side_account = _indices(here, _SIDE.account)
    sign = _numbers(here, _SIDE.sign)
    turned = _numbers(here, _SIDE.turned)
    given = _numbers(here, _SIDE.pull)
    interest = _indices(here, _SIDE.interest)
    learned = _numbers(here, _SIDE.learned)
    counted = _numbers(here, _SIDE.counted)
    source = _indices(here, _ACCOUNT.source)
    deceives = _numbers(here, _SOURCE.deceives)
    log_odds, heard, unheard = quality.log_odds, quality.heard, quality.unheard
    genuine, spurious = quality.genuine, quality.spurious
    room, n, n_sides = here.room, len(said_claim), len(side_account)
    weight, line = _zeros(len(source), room), 0.0
    best, pull = _new_indices(n_sides, here), _new(n_sides, room)
    leaves, by_power = _new(n_sides, room), _zeros(n_sides, room)
    alone, share = _new(n, room), _new(n, room)
    by_tilt, by_odds = _new(n, room), _new(n, room)
    by_best, by_pull = _new(n, room), _new(n, room)
    end = 0
    for side in range(n_sides):
        start, side_turned = end, turned[side]
        first = said_claim[start]
        while end < n and said_side[end] == side:
            claim = said_claim[end]
            if side_turned * (log_odds[claim] - log_odds[first]) > 0:
                first = claim
            end += 1
        d, s = deceives[source[side_account[side]]], given[side]
        if learned[side] != 0:
            s = learned[side] * math.tanh(here.x[here.at.interest + interest[side]] / 2)
        q1, r1 = (1 - d) * genuine[first], (1 - d) * spurious[first]
        for i in range(start, end):
            claim, k = said_claim[i], said_strength[i]
            f = freshness[i] * heard[claim]
            tilt = f * strength.tilt[k]
            untilted = (1 - freshness[i]) + freshness[i] * unheard[claim]
            untilted += f * strength.untilted[k]
            q, r = (1 - d) * genuine[claim], (1 - d) * spurious[claim]
            alone[i], by_best[i] = 1.0, 0.0
            by_tilt[i] = by_odds[i] = by_pull[i] = 0.0
            if side_turned * (q - d) > 0:
                if claim == first:
                    left, of_tilt, of_odds, of_pull = _left_by_best(
                        r, s, tilt, untilted
                    )
                else:
                    behind = (1 - d) * _apart(claim, first, quality)
                    left, of_tilt, of_odds, of_best, of_pull = _left_by_other(
                        q, r, q1, r1, behind, side_turned, d, s, tilt, untilted
                    )
                    by_best[i] = of_best * q1 * spurious[first]
                alone[i], by_tilt[i], by_pull[i] = left, of_tilt, of_pull
                by_odds[i] = of_odds * q * spurious[claim]
        best[side], pull[side] = first, s
        leaves[side], share[start] = alone[start], 1.0
        if end > start + 1:
            leaves[side], by_power[side] = _left_together(
                alone, share, start, end, here.power[IN_ACCOUNT]
            )
        e = leaves[side]
        leading, trailing = (q1, d) if side_turned > 0 else (d, q1)
        most, least = r1 * (1 + s) + 2 * leading, r1 * (1 + s) + 2 * trailing
        towards = sign[side] * side_turned
        weight[side_account[side]] += towards * math.log(
            (most + least * e) / (least + most * e)
        )
        if s != 0 and counted[side]:
            line += math.log((1 + r1 * s) * (1 + e) / (1 + e + r1 * s * 2 * e))
    return _AccountWeights(
        weight,
        line,
        pull,
        best,
        leaves,
        by_power,
        share,
        by_tilt,
        by_odds,
        by_best,
        by_pull,
    )


@_njit
def _left_by_best(r, s, tilt, untilted):
    """What the best claim alone leaves of its side, e^-w, and its slopes.

    By its tilt, by its probability of being genuine, and by the pull s.
    """
    by_up = 1 + 2 * r * s
    over_up = 1 / (1 + tilt * by_up)
    left = untilted * over_up
    by_line = -2 * tilt * left * over_up
    return left, -(1 + left * by_up) * over_up, -by_line * s, by_line * r


@_njit
def _left_by_other(q, r, q1, r1, behind, turned, d, s, tilt, untilted):
    """The same of a claim that is ``behind`` the best, of q1, whose slope is fourth."""
    edge, edge1 = turned * (q - d), turned * (q1 - d)
    line, line1, at_tilt = 1 + r * s, 1 + r1 * s, 1 + r * s * tilt
    spread = 1 + (1 - 2 * d) * s
    of_both = edge1 * at_tilt + edge * tilt * line1
    up, down = line * of_both, behind * spread * at_tilt + edge * untilted * line1
    over_up = 1 / up
    left = down * over_up
    # Derivatives by these, times up.
    by_edge = line1 * (untilted - left * line * tilt)
    by_edge1 = -left * line * at_tilt
    by_line, by_line1 = -left * of_both, edge * (untilted - left * line * tilt)
    by_at = behind * spread - left * line * edge1
    by_behind = spread * at_tilt
    by_tilt = by_at * r * s - edge * line1 * (1 + left * line)
    by_line += by_at * tilt
    by_q = turned * (by_edge - by_behind) - by_line * s
    by_q1 = turned * (by_edge1 + by_behind) - by_line1 * s
    by_pull = by_line * r + by_line1 * r1 + behind * (1 - 2 * d) * at_tilt
    return (
        left,
        by_tilt * over_up,
        by_q * over_up,
        by_q1 * over_up,
        by_pull * over_up,
    )


@_inlined
def _apart(one, other, quality):
    """How far two claims are apart in being genuine, without cancelling."""
    if quality.log_odds[one] < quality.log_odds[other]:
        one, other = other, one
    apart = -math.expm1(quality.log_odds[other] - quality.log_odds[one])
    return quality.genuine[one] * quality.spurious[other] * apart


@_njit
def _left_together(alone, share, start, end, power):
    """e^-N of the claims of one side, and its slope by power; writes that by each."""
    best = 0.0
    for i in range(start, end):
        share[i] = -math.log(alone[i])  # the weight, until it is known what it adds
        best = max(best, share[i])
    if best == 0:
        return 1.0, 0.0
    total, log_mean = 0.0, 0.0
    for i in range(start, end):
        if share[i] > 0:
            log_ratio = math.log(share[i] / best)
            part = math.exp(power * log_ratio)
            total += part
            log_mean += part * log_ratio
            share[i] = part / (share[i] * alone[i])
    log_sum = math.log(total)
    norm = best * math.exp(log_sum / power)
    left = math.exp(-norm)
    for i in range(start, end):
        share[i] *= left * norm / total
    return left, -left * norm * (log_mean / total - log_sum / power) / power


@_njit
def _accounts_back(d_account, account, quality, strength, d, here):
    said_claim = _indices(here, _SAID.claim)
    said_strength = _indices(here, _SAID.strength)
    freshness = _numbers(here, _SAID.freshness)
    said_side = _indices(here, _SAID.side)
    side_account = _indices(here, _SIDE.account)
    sign = _numbers(here, _SIDE.sign)
    turned = _numbers(here, _SIDE.turned)
    counted = _numbers(here, _SIDE.counted)
    learned = _numbers(here, _SIDE.learned)
    interest = _indices(here, _SIDE.interest)
    source = _indices(here, _ACCOUNT.source)
    deceives = _numbers(here, _SOURCE.deceives)
    i = 0
    for side in range(len(side_account)):
        side_turned = turned[side]
        deceit, s = deceives[source[side_account[side]]], account.pull[side]
        best, e = account.best[side], account.leaves[side]
        q, r = (
            (1 - deceit) * quality.genuine[best],
            (1 - deceit) * quality.spurious[best],
        )
        leading, trailing = (q, deceit) if side_turned > 0 else (deceit, q)
        most, least = r * (1 + s) + 2 * leading, r * (1 + s) + 2 * trailing
        towards = d_account[side_account[side]] * sign[side] * side_turned
        by_top, by_bottom = towards / (most + least * e), towards / (least + most * e)
        d_most, d_least = by_top - by_bottom * e, by_top * e - by_bottom
        d_e = by_top * least - by_bottom * most
        d_q = 2 * d_most if side_turned > 0 else 2 * d_least
        d_r, d_s = (d_most + d_least) * (1 + s), (d_most + d_least) * r
        if s != 0 and counted[side]:
            a, b = r * s, 2 * e / (1 + e)
            by_a, by_ab = 1 / (1 + a), 1 / (1 + a * b)
            d_r += (by_a - b * by_ab) * s
            d_s += (by_a - b * by_ab) * r
            d_e -= a * by_ab * 2 / ((1 + e) * (1 + e))
        d.power[IN_ACCOUNT] += d_e * account.by_power[side]
        d_best = q * quality.spurious[best] * (d_q - d_r)
        while i < len(said_side) and said_side[i] == side:
            claim, k, by = said_claim[i], said_strength[i], d_e * account.share[i]
            by_tilt = by * account.by_tilt[i] * freshness[i]
            d.tilt[k] += by_tilt * quality.heard[claim]
            d.heard[claim] += by_tilt * strength.tilt[k]
            d.log_odds[claim] += by * account.by_odds[i]
            d_best += by * account.by_best[i]
            d_s += by * account.by_pull[i]
            i += 1
        d.log_odds[best] += d_best
        if learned[side] != 0:
            place = here.at.interest + interest[side]
            d.x[place] += d_s * learned[side] * (1 - s * s) / 2


# Targets: arguments as they are seen, then scenarios


class _TargetWeights(NamedTuple):
    """What bears on arguments and scenarios; slopes are those of the agreement.

    ``by_view`` and ``by_size`` are derivatives of each reason.
    """

    seen: Any
    reason: Any
    by_view: Any
    by_size: Any
    unit_scenario: Any
    scenario: Any
    agreement: Any
    view_slope: Any
    unit_slope: Any


@_njit
def _targets(camp, strength, here):
    seat = _indices(here, _CAMP.seat)
    of_view = _indices(here, _CAMP.seen)
    of_scenario = _indices(here, _CAMP.scenario)
    reason_view = _indices(here, _REASON.seen)
    reason_strength = _indices(here, _REASON.strength)
    reason_sign = _numbers(here, _REASON.sign)
    reason_scenario = _indices(here, _REASON.scenario)
    n_views = _count(here, _SIZE.views)
    n_arguments = _count(here, _SIZE.arguments)
    n_scenarios = _count(here, _SIZE.scenarios)
    power = here.power[ACROSS]

    seated = _new(len(seat), here.room)
    for i in range(len(seat)):
        seated[i] = camp[seat[i]]
    seen = _pooled(seated, of_view, n_views, power, here.room)
    themselves = 0
    while themselves < len(of_view) and of_view[themselves] < n_arguments:
        themselves += 1
    agreement, view_slope = _agreement(
        seated[:themselves], of_view[:themselves], n_arguments, here.room
    )
    reason = _new(len(reason_view), here.room)
    by_view, by_size = _new(len(reason), here.room), _new(len(reason), here.room)
    for i in range(len(reason)):
        about, k = seen.total[reason_view[i]], reason_strength[i]
        a, b = abs(about), strength.size[k]
        left = math.exp(-a)
        both = left * strength.left[k]
        apart = left / strength.left[k] if a > b else strength.left[k] / left
        sign = reason_sign[i] if about >= 0 else -reason_sign[i]
        reason[i] = sign * (min(a, b) + math.log((1 + both) / (1 + apart)))
        lesser, greater = apart / (1 + apart), 1 / (1 + apart)
        of_size, of_view_too = (greater, lesser) if a > b else (lesser, greater)
        both /= 1 + both
        by_view[i] = reason_sign[i] * (of_view_too - both)
        by_size[i] = sign * (of_size - both)
    n = len(of_scenario)
    unit = _new(n + len(reason_scenario), here.room)
    unit_scenario = _new_indices(len(unit), here)
    first = _first_on_scenarios(here)
    for i in range(n):
        unit[i], unit_scenario[i] = camp[first + i], of_scenario[i]
    for i in range(len(reason_scenario)):
        unit[n + i], unit_scenario[n + i] = reason[i], reason_scenario[i]
    scenario = _pooled(unit, unit_scenario, n_scenarios, power, here.room)
    agreeing, unit_slope = _agreement(unit, unit_scenario, n_scenarios, here.room)
    agreement += agreeing - _LOG_2 * _count(here, _SIZE.rivals)
    return _TargetWeights(
        seen,
        reason,
        by_view,
        by_size,
        unit_scenario,
        scenario,
        agreement,
        view_slope,
        unit_slope,
    )


@_njit
def _targets_back(d_scenario, target, d_camp, d_reason, d, here):
    seat = _indices(here, _CAMP.seat)
    of_view = _indices(here, _CAMP.seen)
    reason_view = _indices(here, _REASON.seen)
    reason_strength = _indices(here, _REASON.strength)
    n, first = len(_indices(here, _CAMP.scenario)), _first_on_scenarios(here)
    d_unit = target.unit_slope
    _pooled_back(d_scenario, target.scenario, target.unit_scenario, ACROSS, d_unit, d)
    for i in range(n):
        d_camp[first + i] += d_unit[i]
    for i in range(n, len(d_unit)):
        d_reason[i - n] += d_unit[i]
    d_view = _zeros(len(target.seen.total), here.room)
    for i in range(len(reason_view)):
        d_view[reason_view[i]] += d_reason[i] * target.by_view[i]
        d.size[reason_strength[i]] += d_reason[i] * target.by_size[i]
    d_seated = _zeros(len(seat), here.room)
    for i in range(len(target.view_slope)):
        d_seated[i] = target.view_slope[i]
    _pooled_back(d_view, target.seen, of_view, ACROSS, d_seated, d)
    for i in range(len(seat)):
        d_camp[seat[i]] += d_seated[i]


@_njit
def _first_on_scenarios(here):
    """Where the camps on scenarios begin: after those on arguments."""
    first = _count(here, _SIZE.camps) - len(_indices(here, _CAMP.scenario))
    return first - len(_indices(here, _CAMP.rivals))


# Rivals


class _Vectors(NamedTuple):
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
def _vectors(quality, size, here):
    said_claim = _indices(here, _OF_RIVALS.claim)
    freshness = _numbers(here, _OF_RIVALS.freshness)
    reversal = _numbers(here, _OF_RIVALS.reversal)
    said_account = _indices(here, _OF_RIVALS.account)
    row = _indices(here, _OF_RIVALS.row)
    slot = _indices(here, _OF_RIVALS.slot)
    strength = _indices(here, _OF_RIVALS.strength)
    sign = _numbers(here, _OF_RIVALS.sign)
    slot_account = _indices(here, _OF_RIVALS.slot_account)
    n_accounts = _count(here, _SIZE.vectors)

    best = _new_indices(n_accounts, here)
    for i in range(len(said_claim)):
        k = said_account[i]
        if (
            best[k] < 0
            or quality.log_odds[said_claim[i]] > quality.log_odds[said_claim[best[k]]]
        ):
            best[k] = i
    # Likelihoods, in proportion to the largest of each claim, and their mean.
    largest = _filled(len(said_claim), -np.inf, here.room)
    mean, count = _zeros(len(said_claim), here.room), _zeros(len(said_claim), here.room)
    likelihood, mixed = _new(len(row), here.room), _new(len(row), here.room)
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
            here,
        )
        mixed[i] = g * likelihood[i] + rest * mean[j]
    u = _logs(mixed, here.room)
    _without_mean(u, row, len(said_claim), here.room)
    together = _pooled(u, slot, len(slot_account), here.power[IN_ACCOUNT], here.room)
    # The account's cap.
    scaled, total = (
        _new(len(slot_account), here.room),
        _new(len(slot_account), here.room),
    )
    scaled_mean, count = _zeros(n_accounts, here.room), _zeros(n_accounts, here.room)
    largest = _filled(n_accounts, -np.inf, here.room)
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
        a, rest = _cap(said_claim[best[k]], reversal[best[k]], quality, here)
        total[i] = a * scaled[i] + rest * scaled_mean[k]
    weight = _logs(total, here.room)
    _without_mean(weight, slot_account, n_accounts, here.room)
    return _Vectors(
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
def _honest(claim, here):
    speaker = _indices(here, _CLAIM.speaker)[claim]
    return 1 - _numbers(here, _SOURCE.deceives)[speaker]


@_njit
def _cap(claim, reversal, quality, here):
    """What is genuine of a claim on rivals, less reversal, and the complement."""
    honest = _honest(claim, here)
    a = honest * quality.genuine[claim] - reversal
    if a <= 0:
        return 0.0, 1.0
    return a, (1 - honest) + honest * quality.spurious[claim] + reversal


@_njit
def _genuine(claim, best, fresh, reversal, quality, here):
    """Q f / a, where a is that of the best claim of the account, and the complement."""
    a, _ = _cap(best, reversal, quality, here)
    q, _ = _cap(claim, reversal, quality, here)
    if q <= 0:
        return 0.0, 1.0
    behind = _honest(claim, here) * _apart(claim, best, quality)
    rest = behind / a + q / a * ((1 - fresh) + fresh * quality.unheard[claim])
    return q / a * fresh * quality.heard[claim], rest


@_njit
def _vectors_back(d_weight, vector, quality, size, d, here):
    said_claim = _indices(here, _OF_RIVALS.claim)
    freshness = _numbers(here, _OF_RIVALS.freshness)
    reversal = _numbers(here, _OF_RIVALS.reversal)
    said_account = _indices(here, _OF_RIVALS.account)
    row = _indices(here, _OF_RIVALS.row)
    slot = _indices(here, _OF_RIVALS.slot)
    strength = _indices(here, _OF_RIVALS.strength)
    sign = _numbers(here, _OF_RIVALS.sign)
    slot_account = _indices(here, _OF_RIVALS.slot_account)
    n_accounts, n_rows = len(vector.best), len(said_claim)

    # The account's cap: log(a e + rest * mean e), less its mean.
    d_total = d_weight
    _without_mean(d_total, slot_account, n_accounts, here.room)
    d_mean, count = _zeros(n_accounts, here.room), _zeros(n_accounts, here.room)
    d_together = _new(len(slot_account), here.room)
    for i in range(len(slot_account)):
        k = slot_account[i]
        d_total[i] /= vector.total[i]
        j = vector.best[k]
        _, rest = _cap(said_claim[j], reversal[j], quality, here)
        d_mean[k] += d_total[i] * rest
        count[k] += 1
    d_cap = _zeros(n_accounts, here.room)  # by a; the complement goes with it
    for i in range(len(slot_account)):
        k = slot_account[i]
        j = vector.best[k]
        a, _ = _cap(said_claim[j], reversal[j], quality, here)
        d_cap[k] += d_total[i] * (vector.scaled[i] - vector.scaled_mean[k])
        d_together[i] = (d_total[i] * a + d_mean[k] / count[k]) * vector.scaled[i]
    # A shift of all answers of an account changes nothing: any scale will do.
    d_u = _zeros(len(row), here.room)
    _pooled_back(d_together, vector.together, slot, IN_ACCOUNT, d_u, d)

    # Each claim: log(g v + rest * mean v), less its mean.
    _without_mean(d_u, row, n_rows, here.room)
    d_genuine, d_row_mean = _zeros(n_rows, here.room), _zeros(n_rows, here.room)
    row_count = _zeros(n_rows, here.room)
    for i in range(len(row)):
        j = row[i]
        d_u[i] /= vector.mixed[i]
        _, rest = _genuine(
            said_claim[j],
            said_claim[vector.best[said_account[j]]],
            freshness[j],
            reversal[j],
            quality,
            here,
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
            here,
        )
        by_log = (d_u[i] * g + d_row_mean[j] / row_count[j]) * vector.likelihood[i]
        d.size[strength[i]] += by_log * sign[i]
    # g = q f / a
    for j in range(n_rows):
        claim, k = said_claim[j], said_account[j]
        best = said_claim[vector.best[k]]
        a, _ = _cap(best, reversal[j], quality, here)
        q, _ = _cap(claim, reversal[j], quality, here)
        if q <= 0:
            continue
        f = freshness[j] * quality.heard[claim]
        d.heard[claim] += d_genuine[j] * q / a * freshness[j]
        honest = _honest(claim, here)
        if claim != best:
            slope = honest * quality.genuine[claim] * quality.spurious[claim]
            d.log_odds[claim] += d_genuine[j] * f / a * slope
            d_cap[k] -= d_genuine[j] * q * f / (a * a)
    for k in range(n_accounts):
        j = vector.best[k]
        a, _ = _cap(said_claim[j], reversal[j], quality, here)
        if a > 0:
            claim = said_claim[j]
            slope = quality.genuine[claim] * quality.spurious[claim]
            slope *= _honest(claim, here)
            d.log_odds[claim] += d_cap[k] * slope


class _RivalWeights(NamedTuple):
    """What bears on answers of sets of rivals, and for the way back."""

    said: Any
    of_unit: Any
    across: Any
    factor: Any
    agreement: Any
    unit_slope: Any


@_njit
def _rivals(camp, reason, vector, here):
    weight = _indices(here, _CONTRIBUTION.weight)
    share = _numbers(here, _CONTRIBUTION.share)
    of_part = _indices(here, _CONTRIBUTION.part)
    unit = _indices(here, _CONTRIBUTION.unit)
    part_answer = _indices(here, _CONTRIBUTION.answer)
    rivals = _indices(here, _ANSWER.rivals)
    n_units = _count(here, _SIZE.units)
    n_sets = _count(here, _SIZE.sets)
    said = _new(len(weight), here.room)
    for i in range(len(weight)):
        k = weight[i]
        if k < len(camp):
            said[i] = share[i] * camp[k]
        elif k < len(camp) + len(reason):
            said[i] = share[i] * reason[k - len(camp)]
        else:
            said[i] = share[i] * vector[k - len(camp) - len(reason)]
    of_unit = _pooled(said, of_part, len(unit), here.power[IN_CAMP], here.room)
    across = _pooled(
        of_unit.total, part_answer, len(rivals), here.power[ACROSS], here.room
    )
    log_n = _zeros(n_sets, here.room)
    for h in range(len(rivals)):
        log_n[rivals[h]] += 1
    log_n = _logs(log_n, here.room)
    whole = _log_sums(across.total, rivals, n_sets, here.room)
    factor = _new(len(rivals), here.room)
    for h in range(len(rivals)):
        factor[h] = across.total[h] - whole[rivals[h]] + log_n[rivals[h]]
    # Agreement.
    whole = _log_sums(of_unit.total, unit, n_units, here.room)
    together = _zeros(len(rivals), here.room)
    for i in range(len(unit)):
        together[part_answer[i]] += of_unit.total[i] - whole[unit[i]]
        together[part_answer[i]] += log_n[rivals[part_answer[i]]]
    of_set = _log_sums(together, rivals, n_sets, here.room)
    agreement = 0.0
    for k in range(n_sets):
        agreement += of_set[k] - log_n[k]
    unit_slope = _new(len(unit), here.room)
    for i in range(len(unit)):
        h = part_answer[i]
        unit_slope[i] = math.exp(together[h] - of_set[rivals[h]])
        unit_slope[i] -= math.exp(of_unit.total[i] - whole[unit[i]])
    return _RivalWeights(said, of_unit, across, factor, agreement, unit_slope)


@_njit
def _rivals_back(d_factor, of, d_camp, d_reason, d_vector, d, here):
    weight = _indices(here, _CONTRIBUTION.weight)
    share = _numbers(here, _CONTRIBUTION.share)
    of_part = _indices(here, _CONTRIBUTION.part)
    part_answer = _indices(here, _CONTRIBUTION.answer)
    rivals = _indices(here, _ANSWER.rivals)
    n_sets = _count(here, _SIZE.sets)
    d_set, log_n = _zeros(n_sets, here.room), _zeros(n_sets, here.room)
    for h in range(len(rivals)):
        d_set[rivals[h]] += d_factor[h]
        log_n[rivals[h]] += 1
    d_across = _new(len(rivals), here.room)
    for h in range(len(rivals)):
        k = rivals[h]
        d_across[h] = d_factor[h] - d_set[k] * math.exp(of.factor[h]) / log_n[k]
    d_unit = of.unit_slope
    _pooled_back(d_across, of.across, part_answer, ACROSS, d_unit, d)
    d_said = _zeros(len(weight), here.room)
    _pooled_back(d_unit, of.of_unit, of_part, IN_CAMP, d_said, d)
    for i in range(len(weight)):
        k, by = weight[i], share[i] * d_said[i]
        if k < len(d_camp):
            d_camp[k] += by
        elif k < len(d_camp) + len(d_reason):
            d_reason[k - len(d_camp)] += by
        else:
            d_vector[k - len(d_camp) - len(d_reason)] += by


# Bonds


class _BondFactors(NamedTuple):
    """Logarithms of the factors of bonds, four each, and for the way back.

    ``by_size``, ``by_one`` and ``by_other`` are derivatives of what a pair adds to
    each: by its probability of being genuine, and by what it says of each end.
    """

    log: Any
    best: Any
    size: Any
    up: Any
    down: Any
    end: Any
    by_size: Any
    by_one: Any
    by_other: Any


@_njit
def _bonds(quality, strength, here):
    bond = _indices(here, _BOND.link)
    said_claim = _indices(here, _BOND.claim)
    said_strength = _indices(here, _BOND.strength)
    sign = _numbers(here, _BOND.sign)
    freshness = _numbers(here, _BOND.freshness)
    said_end = _indices(here, _BOND.end)
    n, n_pairs = len(said_claim), len(bond)
    size, best = _new(n, here.room), _new_indices(n_pairs, here)
    for i in range(n):
        claim = said_claim[i]
        size[i] = _honest(claim, here) * quality.genuine[claim]
        size[i] *= freshness[i] * quality.heard[claim]
        pair = said_end[i] // 2
        if best[pair] < 0 or size[i] > size[best[pair]]:
            best[pair] = i
    up, down, weight = _new(n, here.room), _new(n, here.room), _new(n, here.room)
    for i in range(n):
        most, k = size[best[said_end[i] // 2]], said_strength[i]
        up[i] = most + size[i] * strength.tilt[k]
        down[i] = (most - size[i]) + size[i] * strength.untilted[k]
        weight[i] = sign[i] * math.log(up[i] / down[i])
    end = _pooled(weight, said_end, 2 * n_pairs, here.power[IN_ACCOUNT], here.room)
    log = _zeros(4 * _count(here, _SIZE.bonds), here.room)
    by_size, by_one = _new(4 * n_pairs, here.room), _new(4 * n_pairs, here.room)
    by_other = _new(4 * n_pairs, here.room)
    for pair in range(n_pairs):
        q, rest = size[best[pair]], _unbound(best[pair], quality, here)
        for outcome in range(4):
            first, second = 2 * (outcome // 2) - 1, 2 * (outcome % 2) - 1
            one, not_one = _probabilities(first * end.total[2 * pair])
            other, not_other = _probabilities(second * end.total[2 * pair + 1])
            of_both = rest + 4 * q * one * other
            of_one, of_other = rest + 2 * q * one, rest + 2 * q * other
            log[4 * bond[pair] + outcome] += math.log(of_both / of_one / of_other)
            # The rest is 1 - q.
            i = 4 * pair + outcome
            by_size[i] = (4 * one * other - 1) / of_both - (2 * one - 1) / of_one
            by_size[i] -= (2 * other - 1) / of_other
            by_one[i] = first * one * not_one * q * (4 * other / of_both - 2 / of_one)
            by_other[i] = second * other * not_other * q
            by_other[i] *= 4 * one / of_both - 2 / of_other
    return _BondFactors(log, best, size, up, down, end, by_size, by_one, by_other)


@_njit
def _unbound(i, quality, here):
    """Probability that what was said is not genuine, or has not been heard."""
    claim = _indices(here, _BOND.claim)[i]
    fresh = _numbers(here, _BOND.freshness)[i]
    honest = _honest(claim, here)
    lost = (1 - fresh) + fresh * quality.unheard[claim]
    return (1 - honest) + honest * (
        quality.spurious[claim] + quality.genuine[claim] * lost
    )


@_njit
def _bonds_back(d_log, of, quality, strength, d, here):
    bond = _indices(here, _BOND.link)
    said_claim = _indices(here, _BOND.claim)
    said_strength = _indices(here, _BOND.strength)
    sign = _numbers(here, _BOND.sign)
    freshness = _numbers(here, _BOND.freshness)
    said_end = _indices(here, _BOND.end)
    n, n_pairs = len(said_claim), len(bond)
    d_size, d_end, d_weight = (
        _zeros(n, here.room),
        _zeros(2 * n_pairs, here.room),
        _zeros(n, here.room),
    )
    for pair in range(n_pairs):
        for outcome in range(4):
            by, i = d_log[4 * bond[pair] + outcome], 4 * pair + outcome
            d_size[of.best[pair]] += by * of.by_size[i]
            d_end[2 * pair] += by * of.by_one[i]
            d_end[2 * pair + 1] += by * of.by_other[i]
    _pooled_back(d_end, of.end, said_end, IN_ACCOUNT, d_weight, d)
    for i in range(n):
        k, tilt = said_strength[i], strength.tilt[said_strength[i]]
        by_up, by_down = sign[i] * d_weight[i] / of.up[i], -sign[i] * d_weight[i]
        by_down /= of.down[i]
        d_size[of.best[said_end[i] // 2]] += by_up + by_down
        d_size[i] += (by_up - by_down) * tilt
        d.tilt[k] += (by_up - by_down) * of.size[i]
    for i in range(n):
        claim = said_claim[i]
        by = d_size[i] * _honest(claim, here) * freshness[i] * quality.genuine[claim]
        d.heard[claim] += by
        d.log_odds[claim] += by * quality.heard[claim] * quality.spurious[claim]


# Outcomes


class _Leaves(NamedTuple):
    """Logarithms of the leaves, and for the way back.

    ``hazard_slope`` is that of the hazard by the log-odds, ``by_odds`` that of a
    cell's leaf for yes, and ``by_noticed`` the latter's by what is noticed.
    """

    log: Any
    happens: Any
    hazard_slope: Any
    by_odds: Any
    by_noticed: Any
    entry: Any


@_njit
def _leaves(scenario, rivals, bonds, here):
    x, at = here.x, here.at
    cell_scenario = _indices(here, _JOINT.cell_scenario)
    parent_cell = _indices(here, _JOINT.parent_cell)
    parent_link = _indices(here, _JOINT.parent_link)
    entry_cell = _indices(here, _JOINT.entry_cell)
    entry_answer = _indices(here, _JOINT.entry_answer)
    entry_parent = _indices(here, _JOINT.entry_parent)
    entry_link = _indices(here, _JOINT.entry_link)
    passed = _numbers(here, _CLOCK.passed)
    dated = _numbers(here, _CLOCK.dated)
    allowed_no = _numbers(here, _CLOCK.log_allowed_no)
    allowed_yes = _numbers(here, _CLOCK.log_allowed_yes)
    given, noticed = _numbers(here, _CLOCK.missed), _indices(here, _CLOCK.noticed)
    unknown = _numbers(here, _CLOCK.unknown)
    allowed = _numbers(here, _ANSWER.log_allowed)
    n_cells, n_entries = len(cell_scenario), len(entry_cell)
    log = _new(2 * n_cells + n_entries + len(bonds.log), here.room)
    n_scenarios = len(scenario)
    happens, no = _new(n_scenarios, here.room), _new(n_scenarios, here.room)
    yes = _new(n_scenarios, here.room)
    for s in range(len(scenario)):
        happens[s] = _probabilities(scenario[s])[0]
        no[s] = allowed_no[s] - _softplus(scenario[s])
        yes[s] = allowed_yes[s] - _softplus(-scenario[s])
    log_odds, hazard_slope = _new(n_cells, here.room), _new(n_cells, here.room)
    by_odds, by_noticed = _zeros(n_cells, here.room), _zeros(n_cells, here.room)
    for c in range(n_cells):
        log_odds[c] = x[at.prior + cell_scenario[c]]
    for i in range(len(parent_cell)):
        log_odds[parent_cell[i]] += x[at.link + parent_link[i]]
    for c in range(n_cells):
        s = cell_scenario[c]
        hazard = _softplus(log_odds[c])
        slope, none = _probabilities(log_odds[c])
        hazard_slope[c], past = slope, passed[s] * hazard
        if dated[s]:
            small = log_odds[c] <= -30
            log_yes = (log_odds[c] if small else math.log(hazard)) - past
            by_odds[c] = (1.0 if small else slope / hazard) - passed[s] * slope
        else:
            missed = given[s]
            if unknown[s]:
                missed = _probabilities(-x[at.noticed + noticed[s]])[0]
            gone, still = -math.expm1(-past), math.exp(-past)
            occurs = missed * gone - still * math.expm1(-(1 - passed[s]) * hazard)
            log_yes = math.log(occurs)
            if occurs > 0:
                by_hazard = none - (1 - missed) * passed[s] * still
                by_odds[c] = by_hazard * slope / occurs
                by_noticed[c] = -gone * missed * (1 - missed) / occurs
        log[c] = no[s] - hazard
        log[n_cells + c] = yes[s] + log_yes
    entry = _new(n_entries, here.room)
    for i in range(n_entries):
        entry[i] = -_softplus(-x[_prior_of(entry_answer[i], here)])
    for i in range(len(entry_parent)):
        entry[entry_parent[i]] += x[at.link + entry_link[i]]
    n_sets_of_causes = entry_cell[-1] + 1 if n_entries else 0
    whole = _log_sums(entry, entry_cell, n_sets_of_causes, here.room)
    for i in range(n_entries):
        entry[i] -= whole[entry_cell[i]]
        h = entry_answer[i]
        log[2 * n_cells + i] = entry[i] + allowed[h] + rivals.factor[h]
    for i in range(len(bonds.log)):
        log[2 * n_cells + n_entries + i] = bonds.log[i]
    return _Leaves(log, happens, hazard_slope, by_odds, by_noticed, entry)


@_njit
def _prior_of(answer, here):
    """Where in x the prior of an answer of a set of rivals is."""
    prior, n_scenarios = _indices(here, _ANSWER.prior)[answer], here.at.source
    n_scenarios -= here.at.prior
    if prior < n_scenarios:
        return here.at.prior + prior
    return here.at.none + prior - n_scenarios


@_njit
def _leaves_back(d_log, leaves, rivals, d, here):
    at = here.at
    cell_scenario = _indices(here, _JOINT.cell_scenario)
    parent_cell = _indices(here, _JOINT.parent_cell)
    parent_link = _indices(here, _JOINT.parent_link)
    entry_cell = _indices(here, _JOINT.entry_cell)
    entry_answer = _indices(here, _JOINT.entry_answer)
    entry_parent = _indices(here, _JOINT.entry_parent)
    entry_link = _indices(here, _JOINT.entry_link)
    unknown = _numbers(here, _CLOCK.unknown)
    noticed = _indices(here, _CLOCK.noticed)
    n_cells, n_entries = len(cell_scenario), len(entry_cell)
    d_scenario = _zeros(len(leaves.happens), here.room)
    d_factor = _zeros(len(rivals.factor), here.room)
    d_odds = _new(n_cells, here.room)
    for c in range(n_cells):
        s, d_no, d_yes = cell_scenario[c], d_log[c], d_log[n_cells + c]
        d_scenario[s] += d_yes - (d_yes + d_no) * leaves.happens[s]
        d_odds[c] = d_yes * leaves.by_odds[c] - d_no * leaves.hazard_slope[c]
        d.x[at.prior + s] += d_odds[c]
        if unknown[s]:
            d.x[at.noticed + noticed[s]] += d_yes * leaves.by_noticed[c]
    for i in range(len(parent_cell)):
        d.x[at.link + parent_link[i]] += d_odds[parent_cell[i]]

    n_sets_of_causes = entry_cell[-1] + 1 if n_entries else 0
    d_whole = _zeros(n_sets_of_causes, here.room)
    for i in range(n_entries):
        d_whole[entry_cell[i]] += d_log[2 * n_cells + i]
    d_entry = _new(n_entries, here.room)
    for i in range(n_entries):
        d_factor[entry_answer[i]] += d_log[2 * n_cells + i]
        d_entry[i] = d_log[2 * n_cells + i]
        d_entry[i] -= d_whole[entry_cell[i]] * math.exp(leaves.entry[i])
        place = _prior_of(entry_answer[i], here)
        d.x[place] += d_entry[i] * _probabilities(-here.x[place])[0]
    for i in range(len(entry_parent)):
        d.x[at.link + entry_link[i]] += d_entry[entry_parent[i]]
    return d_scenario, d_factor, d_log[2 * n_cells + n_entries :]


@_njit
def _sum_out(leaves, here):
    """Sum joint outcomes out, as ``model.likelihood.elimination`` does."""
    n_factors = _indices(here, _JOINT.step_factors)
    n_states = _indices(here, _JOINT.step_states)
    n_messages = _indices(here, _JOINT.step_messages)
    place = _indices(here, _JOINT.place)
    root = _indices(here, _JOINT.root)
    n_leaves, n_shares = len(leaves), 0
    for step in range(len(n_factors)):
        n_shares += n_states[step] * n_messages[step]
    values = _new(n_leaves + np.sum(n_messages), here.room)
    for i in range(n_leaves):
        values[i] = leaves[i]
    share = _new(n_shares, here.room)
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
    slope = _zeros(len(values), here.room)
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
