"""The scale of an image as nodes of ONNX: what `nn.scaling` measures, of heights in double precision that are all finite."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..nn import scaling
from ._onnx_graph import Graph


class Sides(NamedTuple):
    """An image's sides, and its number of pixels: names of int64 numbers."""

    rows: str
    cols: str
    size: str

    @property
    def turned(self) -> Sides:
        """Those of the transposed image."""
        return Sides(self.cols, self.rows, self.size)


def sides(graph: Graph, image: str) -> Sides:
    """Return rows, columns and their product."""
    shape = graph("Shape", image)
    return Sides(graph("Gather", shape, 0), graph("Gather", shape, 1), graph("Size", image))


def slope(graph: Graph, image: str, of: Sides) -> str:
    """Heights per row, as `scaling._slope`."""
    found: list[str] = []
    distances: list[str] = []
    for distance in _distances(graph, of.rows):
        # A distance that is there twice counts once.
        new = graph("Greater", of.rows, 1)
        for before in distances:
            new = graph("And", new, graph("Not", graph("Equal", distance, before)))
        distances.append(distance)
        starts = graph("Max", graph("Sub", of.rows, distance), 1)
        first = _rows(graph, starts, of, scaling.COMPARED)
        rise = graph("Sub", _heights(graph, image, of, first, distance), _heights(graph, image, of, first, 0))
        slopes = graph.flat(graph("Div", rise, graph.cast(distance, np.float64)))
        found.append(graph.part(slopes, 0, 0, graph("Mul", graph("Size", slopes), graph.cast(new, np.int64))))
    # With one row there is none: then the only one is 0.
    zero = graph.part(graph.constant(np.zeros(1)), 0, 0, graph.cast(graph("Equal", of.rows, 1), np.int64))
    every = graph("Concat", *found, zero, axis=0)
    count = graph("Size", every)
    middle = graph("Div", count, 2)
    ranked = _lowest(graph, every, graph("Add", middle, 1))
    other = graph("Div", graph("Sub", count, 1), 2)
    return graph("Mul", graph("Add", graph("Gather", ranked, middle), graph("Gather", ranked, other)), 0.5)


def row_noise(graph: Graph, image: str, of: Sides) -> str:
    """Measure what heights change by from line to line, as `scaling._by_row_noise` before its least."""
    tall = graph("Greater", of.rows, 2)
    turned = graph("Transpose", image, perm=[1, 0])
    part = graph.choose(tall, lambda _: image, lambda _: turned)
    of = sides(graph, part)
    starts = graph("Max", graph("Sub", of.rows, 2), 1)
    first = _rows(graph, starts, of, scaling.NOISE_COMPARED)
    above, here, below = (_heights(graph, part, of, first, k) for k in range(3))
    changes = graph.flat(graph("Abs", graph("Add", graph("Sub", above, graph("Mul", here, 2.0)), below)))
    last = graph("Sub", graph("Size", changes), 1)
    places = graph("Div", last, 2), graph("Div", graph("Mul", last, 9), 10)
    ranked = _lowest(graph, changes, graph("Add", places[1], 1))
    middle, high = (graph("Gather", ranked, place) for place in places)
    noise = graph("Max", graph("Div", middle, scaling.MEDIAN_SIZE), graph("Mul", high, scaling.SHARE_OF_HIGH / scaling.HIGH_SIZE))
    told = graph.cast(graph("Greater", of.rows, 2), np.float64)  # two lines have no second difference
    return graph("Mul", graph("Div", noise, scaling.SECOND_DIFFERENCE), told)


def at_least(graph: Graph, noise: str, levelled: str) -> str:
    """Return the noise, or the least that it may be of the spread of heights less a plane; 0 where all are the same."""
    extent = graph("Sub", graph("ReduceMax", levelled, keepdims=0), graph("ReduceMin", levelled, keepdims=0))
    # Because the spread is no larger than a share of the range, sorting all pixels for it is worth while where noise is low.
    low = graph("Less", noise, graph("Mul", extent, scaling.LEAST_NOISE / scaling.NORMAL_SPREAD))
    return graph.choose(
        low,
        lambda g: g("Max", noise, g("Mul", spread(g, levelled)[1], scaling.LEAST_NOISE)),
        lambda _: noise,
    )


def spread(graph: Graph, heights: str) -> tuple[str, str]:
    """Return median and spread, as `scaling._measure` of kind "robust"."""
    every = graph.flat(heights)
    last = graph("Sub", graph("Size", every), 1)
    ranked = _lowest(graph, every, graph("Add", last, 1))
    low, median, high = (_quantile(graph, ranked, last, share) for share in (scaling.ENDS[0], 0.5, scaling.ENDS[1]))
    between = graph("Sub", high, low)
    largest = graph("Max", graph("Abs", low), graph("Abs", high))
    some = graph("Greater", between, graph("Mul", largest, 4 * np.finfo(np.float64).eps))
    extent = graph("Sub", graph("Gather", ranked, last), graph("Gather", ranked, 0))
    return median, graph("Div", graph("Where", some, between, extent), scaling.NORMAL_SPREAD)


def _quantile(graph: Graph, ranked: str, last: str, share: float) -> str:
    """Interpolate between the numbers in order beside a place."""
    place = graph("Mul", graph.cast(last, np.float64), share)
    below = graph("Floor", place)
    first = graph.cast(below, np.int64)
    values = [graph("Gather", ranked, each) for each in (first, graph("Min", graph("Add", first, 1), last))]
    return graph("Add", values[0], graph("Mul", graph("Sub", place, below), graph("Sub", values[1], values[0])))


def _lowest(graph: Graph, values: str, count: str) -> str:
    """Return the lowest of some values, in order."""
    return graph.several(2, "TopK", values, graph("Reshape", count, [1]), largest=0, sorted=1)[0]


def _heights(graph: Graph, image: str, of: Sides, rows: str, below: str | int) -> str:
    """Heights of every column in some rows, or so many rows below."""
    return graph("GatherElements", image, graph("Min", graph("Add", rows, below), graph("Sub", of.rows, 1)), axis=0)


def _distances(graph: Graph, length: str) -> list[str]:
    """As `scaling._distances`, with those that are there twice."""
    half, third, quarter = (graph("Div", length, parts) for parts in (2, 3, 4))
    unit = graph("Where", graph("GreaterOrEqual", third, 12), 4, 2)
    twice = graph("Mul", unit, 2)
    many = graph("GreaterOrEqual", third, 6)

    def less(value: str, begin: str | int, step: str) -> str:
        rest = graph("Mod", graph("Sub", value, begin), step)
        return graph("Max", graph("Where", many, graph("Sub", value, rest), value), 1)

    return [less(half, 0, twice), less(third, unit, twice), less(quarter, graph("Div", unit, 2), unit)]


def _rows(graph: Graph, starts: str, of: Sides, compared: int) -> str:
    """Rows below `starts` for every column: all of a small image, some of a large one, as `scaling._scattered`."""

    def every(g: Graph) -> str:
        rows = g("Reshape", g("Range", 0, starts, 1), [-1, 1])
        return g("Expand", rows, g("Concat", *(g("Reshape", n, [1]) for n in (starts, of.cols)), axis=0))

    def some(g: Graph) -> str:
        half = g("Div", g("Add", starts, 1), 2)
        wanted = g("Div", g("Sub", g("Add", compared, g("Mul", of.cols, 2)), 1), g("Mul", of.cols, 2))
        count = g("Min", half, wanted)
        col = g("Range", 0, of.cols, 1)
        part = g("Reshape", g("Range", 0, count, 1), [-1, 1])
        begin = g("Div", g("Mul", part, half), count)
        end = g("Div", g("Mul", g("Add", part, 1), half), count)
        beside = g("Min", col, g("Sub", g("Sub", of.cols, 1), col))
        mixed = _random(g, g("Add", g("Mul", beside, count), part))
        upper = g("Add", begin, g("Mod", mixed, g("Sub", end, begin)))
        return g("Concat", upper, g("Sub", g("Sub", starts, 1), upper), axis=0)

    return graph.choose(graph("LessOrEqual", of.size, scaling.SMALL), every, some)


def _random(graph: Graph, numbers: str) -> str:
    """As `scaling.random_numbers`."""
    x = graph.cast(numbers, np.uint64)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        mixed = graph("BitwiseXor", x, graph("BitShift", x, np.uint64(33), direction="RIGHT"))
        # Products are known for numbers with a sign; their last 64 bits are the same.
        x = graph.cast(graph("Mul", graph.cast(mixed, np.int64), np.uint64(factor).astype(np.int64)), np.uint64)
    return graph.cast(graph("BitShift", x, np.uint64(33), direction="RIGHT"), np.int64)
