"""A verdict in words on a cleaned image, from its figures and stated limits; docs/report.md explains the limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

#: Shares of the roughness Sq, or of the height of features, that may be lost: above the first one has to look, above the second
#: the result is of no use for measuring heights.
LOOK, TOO_MUCH = 0.02, 0.05
#: How many times as much may be removed at edges as where it is flat.
EDGES = 1.5
_CERTAIN = 3.0  # standard errors: smaller correlations of neighbouring rows may be chance


class Verdict(NamedTuple):
    """What to do with a cleaned image, and why.

    Parameters
    ----------
    level : {"fine", "look", "do not use"}
        "look": at what was removed, before the result is measured.
    reasons : tuple of str
        The figures that led to it, in words; for "fine" what they are.
    where : str
        The place at which most was removed that is no noise; empty if it was not given, or is of no interest.
    """

    level: str
    reasons: tuple[str, ...]
    where: str = ""

    @property
    def because(self) -> str:
        """The reasons as one text."""
        return "; ".join(self.reasons)

    def __str__(self) -> str:
        if self.level == "fine":
            return f"fine: {self.because}"
        place = self.where or "the residual"
        return f"look at {place}, because {self.because}" if self.level == "look" else self._not_to_be_used()

    def _not_to_be_used(self) -> str:
        place = f"; most was taken at {self.where}" if self.where else ""
        return f"do not use, because {self.because}{place}"


def verdict(figures: Mapping[str, float], *, where: str = "", doubts: Sequence[str] | None = None) -> Verdict:
    """Say in words whether a cleaned image can be used, from the figures of `afmnn.evaluate`.

    Parameters
    ----------
    figures : mapping of str to float
        Figures of one image, as `measured` returns them or a row of `Evaluation.rows` has them; those that are missing or NaN
        are not judged. Shares are of the roughness Sq of the ideal image, or without one of the cleaned image.
    where : str
        The place at which most was removed, in words, such as ``"row 31, column 80"``.
    doubts : sequence of str, optional
        Of networks that count in the noise from line to line: why some of the sample may have been taken for it, each a reason to
        look. Of such networks structure up to 5 %, features and edges in the residual are none: on scans whose truth is known
        they were hum and defects nine times of ten (docs/clean.md).

    Returns
    -------
    Verdict
        "look" above 2 %, "do not use" above 5 % of: relief that was lost, features that became lower or higher, structure of
        the residual, and where an ideal is known of its roughness and steps; "look" where the smoothed residual is higher at
        features by more than 2 % of Sq, or more than 1.5 times as much was removed at edges as elsewhere; "do not use" where
        the result is further from the ideal than the image before. Structure alone is no more than "look" where an ideal is
        known.
    """
    get = _Figures(figures)
    if get.removed == 0:
        return Verdict("fine", ("nothing was removed",))
    if not get.ideal_known and get.sq == 0:
        return Verdict("do not use", ("nothing of the image is left",), where)
    found = [*_relief(get), *_structure(get), *_edges(get), *_truth(get)]
    if doubts is not None:
        found = [*_relief(get), *(reason for reason in _structure(get) if reason[0] == "do not use"), *_truth(get)]
        found += [("look", text) for text in doubts]
    if found:
        found.sort(key=lambda reason: reason[0] != "do not use")  # the worst first; among others, the order stays
        return Verdict(found[0][0], tuple(text for _, text in found), where)
    shares = map(get.share, ("relief_loss", "structure", "feature_residual") if doubts is None else ("relief_loss",))
    told = [share for share in shares if not math.isnan(share)]
    if not told or math.isnan(get("height_loss")):
        return Verdict("look", ("the image is too small, or too flat, to tell what of the sample was removed",))
    loss = f"features are {_percent(abs(get('height_loss')))} {_lower(get('height_loss'))}"
    reasons = [f"what was removed holds at most {_percent(max(told))} of the sample's roughness Sq, and {loss}"]
    if doubts is not None and _structure(get):
        share = _percent(get.share("structure"))
        reasons.append(f"neighbouring scan lines of it share {share} of Sq, as hum and defects of several lines do")
    return Verdict("fine", tuple(reasons))


class _Figures:
    """The figures of one image; NaN for what is not known."""

    def __init__(self, figures: Mapping[str, float]) -> None:
        self._figures = figures
        self.ideal_known = not math.isnan(self("rms_error_after"))
        self.sq = self("sq_reference" if self.ideal_known else "sq_after")
        self.removed = self("rms_removed")

    def __call__(self, name: str) -> float:
        value = self._figures.get(name)
        return math.nan if value is None else float(value)

    def share(self, name: str) -> float:
        """Return a height as a share of the sample's roughness; NaN if that is nothing."""
        return self(name) / self.sq if self.sq > 0 else math.nan


def _level(share: float) -> str | None:
    if not share > LOOK:
        return None
    return "do not use" if share > TOO_MUCH else "look"


def _relief(get: _Figures) -> list[tuple[str, str]]:
    found = []
    lost, change = get.share("relief_loss"), get("height_loss")
    level = _level(lost)
    if level:
        found.append((level, f"features lost {_percent(lost)} of the roughness Sq"))
    level = _level(abs(change))
    if level:
        text = f"features are {_percent(abs(change))} {_lower(change)} than they were"
        if not lost <= LOOK:
            found.append((level, text))
        else:  # a slope over all pixels takes noise that is left in the result for features
            found.append(("look", f"{text}, or noise is left in the result: features of no single size show that loss"))
    return found


def _structure(get: _Figures) -> list[tuple[str, str]]:
    share = get.share("structure")
    level = _level(share)
    chance = _CERTAIN * get("row_correlation_error")
    if not level or get("row_correlation") <= chance:
        return []
    text = f"neighbouring scan lines of the residual share {_percent(share)} of the roughness Sq"
    if _level(get.share("relief_loss")) or _level(abs(get("height_loss"))):
        return [(level, text)]
    # With an ideal, features that are gone are seen in the errors; what else lasts for several lines was noise.
    level = "look" if get.ideal_known else level
    return [
        (level, f"{text}: features that are gone, or hum, which is regular stripes, or other noise that lasts for several lines")
    ]


def _edges(get: _Figures) -> list[tuple[str, str]]:
    found = []
    shown = get.share("feature_residual")
    if shown > LOOK:  # no more than a look: an instrument may be noisier there
        found.append(
            ("look", f"features show in the residual: there it is {_percent(shown)} of the roughness Sq higher or lower")
        )
    excess = get("edge_excess")
    # What is small everywhere is small at edges.
    if excess > EDGES and get.share("rms_removed") > LOOK:
        found.append(("look", f"{excess:.2g} times as much was removed at edges as where it is flat"))
    return found


def _truth(get: _Figures) -> list[tuple[str, str]]:
    found = []
    if get("rms_error_after") > get("rms_error_before"):
        found.append(("do not use", "it is further from the ideal than the image before"))
    for name, what in (("sq_change", "the roughness Sq"), ("step_change", "a step between terraces")):
        change = get(name)
        level = _level(abs(change)) if get.ideal_known else None
        if level:
            found.append((level, f"{what} is {_percent(abs(change))} {_lower(-change)} than in the ideal"))
    return found


def _lower(loss: float) -> str:
    return "lower" if loss >= 0 else "higher"


def _percent(share: float) -> str:
    if share < 1e-4:
        return "less than 0.01 %"
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"
