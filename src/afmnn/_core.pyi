from collections.abc import Callable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32] | NDArray[np.float64]

# core
def has_openmp() -> bool: ...
def simd() -> str: ...
def multiply_adds(rounds: int, threads: int) -> float: ...
def fused_multiply_add(a: Floats, b: Floats, c: Floats) -> Floats: ...
def philox(key: int, role: int, index: int) -> NDArray[np.uint32]: ...
def begin_plain_arithmetic() -> int: ...
def end_plain_arithmetic(before: int) -> None: ...
@overload
def exp(x: float) -> float: ...
@overload
def exp(x: NDArray[np.float64]) -> NDArray[np.float64]: ...
@overload
def log(x: float) -> float: ...
@overload
def log(x: NDArray[np.float64]) -> NDArray[np.float64]: ...
@overload
def sin(x: float) -> float: ...
@overload
def sin(x: NDArray[np.float64]) -> NDArray[np.float64]: ...
@overload
def cos(x: float) -> float: ...
@overload
def cos(x: NDArray[np.float64]) -> NDArray[np.float64]: ...
@overload
def erf(x: float) -> float: ...
@overload
def erf(x: NDArray[np.float64]) -> NDArray[np.float64]: ...
def hypot(x: float, y: float) -> float: ...
def total(image: NDArray[Any]) -> float: ...
def sum_of_squares(image: NDArray[Any], centre: float) -> float: ...
def finite_range(image: NDArray[Any], threads: int) -> tuple[int, float, float]: ...
def line_relief(image: NDArray[Any], slopes: tuple[float, float], ends: tuple[float, float]) -> float: ...
def quantiles(image: NDArray[Any], fractions: list[float], threads: int, slopes: tuple[float, float] = ...) -> list[float]: ...

# correct
def row_changes(
    image: NDArray[Any], mask: NDArray[np.uint8] | None, least: int, parts: int, threads: int
) -> NDArray[np.float64] | None: ...
def hum_power(image: NDArray[Any], scale: float, threads: int) -> NDArray[np.float32]: ...
def hum_waves(
    image: NDArray[Any], scale: float, frequencies: NDArray[np.float64], threads: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def hum_subtract(
    image: NDArray[Any], frequencies: NDArray[np.float64], waves: NDArray[np.float64], out: NDArray[Any], threads: int
) -> None: ...
def fill(
    image: NDArray[Any], mask: NDArray[np.uint8] | None, out: NDArray[Any], keep_offsets: bool, axis: int, threads: int
) -> tuple[str, int, int, float]: ...
def level_plane(image: NDArray[Any], mask: NDArray[np.uint8] | None, out: NDArray[Any], threads: int) -> str: ...
def sum_lines(image: NDArray[Any], mask: NDArray[np.uint8] | None, threads: int) -> tuple[str, NDArray[np.float64]]: ...
def fit_plane(sums: NDArray[np.float64]) -> tuple[float, float, float, float] | None: ...
def take_off_plane(
    image: NDArray[Any], out: NDArray[Any], plane: tuple[float, float, float, float], first: int, rows: int, threads: int
) -> str: ...
def level_rows(
    image: NDArray[Any], mask: NDArray[np.uint8] | None, out: NDArray[Any], method: str, degree: int, trim: float, threads: int
) -> str: ...
def line_figures(image: NDArray[Any], threads: int) -> tuple[NDArray[np.float64], ...]: ...
def mark_scars(
    image: NDArray[Any],
    out: NDArray[np.uint8],
    upwards: bool,
    downwards: bool,
    hard: float,
    soft: float,
    min_length: int,
    max_width: int,
    threads: int,
) -> None: ...
def fill_across(image: NDArray[Any], marks: NDArray[np.uint8], out: NDArray[Any], threads: int) -> str: ...
def medians_of_lines(image: NDArray[Any], chosen: NDArray[np.uint8], threads: int) -> list[float]: ...
def mark_spikes(
    image: NDArray[Any], out: NDArray[np.uint8], upwards: bool, downwards: bool, threshold: float, size: int, threads: int
) -> None: ...
def level_surface(
    image: NDArray[Any],
    mask: NDArray[np.uint8] | None,
    out: NDArray[Any],
    across: int,
    along: int,
    total: bool,
    threads: int,
) -> str: ...
def level_facet(
    image: NDArray[Any], mask: NDArray[np.uint8] | None, out: NDArray[Any], threads: int
) -> tuple[str, tuple[float, float]]: ...
def mark_features(
    image: NDArray[Any], low: float, high: float, weak_low: float, weak_high: float, out: NDArray[np.uint8]
) -> None: ...

# metrics
def row_steps(heights: NDArray[np.float64]) -> float: ...
def x_noise(heights: NDArray[np.float64]) -> float: ...

# nn
most_taken_off: float

# Bands (rows and columns of box, larger box, grid and step; gain; whether of the residual), and the base.
FoveaTuple = tuple[list[tuple[tuple[int, ...], float, bool]], tuple[int, int], bool]

class NetworkF32:
    def __init__(
        self,
        rows: int,
        cols: int,
        activation: str,
        layers: list[NDArray[Any]],
        linear: NDArray[Any] | None,
        fovea: FoveaTuple | None = None,
    ) -> None: ...
    def arrays(self) -> tuple[list[NDArray[np.float32]], NDArray[np.float32] | None]: ...

class NetworkF64:
    def __init__(
        self,
        rows: int,
        cols: int,
        activation: str,
        layers: list[NDArray[Any]],
        linear: NDArray[Any] | None,
        fovea: FoveaTuple | None = None,
    ) -> None: ...
    def arrays(self) -> tuple[list[NDArray[np.float64]], NDArray[np.float64] | None]: ...

def apply(
    net: NetworkF32 | NetworkF64,
    image: NDArray[Any],
    out: NDArray[Any],
    scaling: tuple[float, float, float, float, float, float],
    border: tuple[str, float],
    *,
    previous: NDArray[Any] | None = None,
    threads: int = 1,
    progress: Callable[[int, int], object] | None = None,
    rows: tuple[int, int] | None = None,
    fourier_size: int | None = None,
    first: tuple[int, int] = (0, 0),
) -> None: ...
def plan_tiles(net: NetworkF32 | NetworkF64, rows: int, cols: int) -> tuple[int, int]: ...

# Noisy, ideal, weight, height of one unit, result of the networks before.
PairTuple = tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None, float, NDArray[Any] | None]

class TrainerF32:
    def __init__(
        self,
        net: NetworkF32,
        pairs: Sequence[PairTuple],
        *,
        batch: int,
        flips: bool,
        key: int,
        subsets: int = 1,
        rate: float,
        last_rate: float,
        beta1: float,
        beta2: float,
        epsilon: float,
        epochs: int,
        constant_epochs: int = 0,
    ) -> None: ...
    @property
    def updates_per_epoch(self) -> int: ...
    def run(self, updates: int, threads: int) -> tuple[float, float, bool]: ...
    def replace(self, index: int, pair: PairTuple) -> None: ...
    def fall(self, epochs: int) -> None: ...
    def gradient(self, threads: int) -> tuple[tuple[list[NDArray[np.float32]], NDArray[np.float32] | None], float, float]: ...
    def arrays(self) -> tuple[list[NDArray[np.float32]], NDArray[np.float32] | None]: ...

class TrainerF64:
    def __init__(
        self,
        net: NetworkF64,
        pairs: Sequence[PairTuple],
        *,
        batch: int,
        flips: bool,
        key: int,
        subsets: int = 1,
        rate: float,
        last_rate: float,
        beta1: float,
        beta2: float,
        epsilon: float,
        epochs: int,
        constant_epochs: int = 0,
    ) -> None: ...
    @property
    def updates_per_epoch(self) -> int: ...
    def run(self, updates: int, threads: int) -> tuple[float, float, bool]: ...
    def replace(self, index: int, pair: PairTuple) -> None: ...
    def fall(self, epochs: int) -> None: ...
    def gradient(self, threads: int) -> tuple[tuple[list[NDArray[np.float64]], NDArray[np.float64] | None], float, float]: ...
    def arrays(self) -> tuple[list[NDArray[np.float64]], NDArray[np.float64] | None]: ...

class OnlineTrainer:
    def __init__(
        self,
        net: NetworkF64,
        noisy: NDArray[np.float64],
        ideal: NDArray[np.float64],
        valid: NDArray[np.float64] | None,
        *,
        rate: float,
        momentum: float,
    ) -> None: ...
    @property
    def last_pixel_error(self) -> float: ...
    def run(self, pixels: int, threads: int) -> tuple[float, float, bool]: ...
    def arrays(self) -> tuple[list[NDArray[np.float64]], NDArray[np.float64] | None]: ...

# synth/instrument
def instrument_white(out: NDArray[np.float64], turn: int, rms: float, key: int, *, threads: int) -> None: ...
def instrument_wander(
    out: NDArray[np.float64], turn: int, rms: float, exponent: float, corner: float, key: int, *, threads: int
) -> None: ...
def wander_filters(
    rms: float, exponent: float, corner: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, NDArray[np.float64]]: ...
def instrument_hum(
    out: NDArray[np.float64], turn: int, rms: float, frequency: float, harmonics: int, key: int, *, threads: int
) -> None: ...
def instrument_offsets(
    out: NDArray[np.float64], turn: int, rms: float, per_line: float, within: float, memory: float, key: int, *, threads: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
def instrument_jumps(
    out: NDArray[np.float64], turn: int, rms: float, expected: float, key: int, *, threads: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
def instrument_scars(
    direction: int,
    rms: float,
    sign: int,
    density: float,
    length: float,
    spread: float,
    steep: NDArray[np.uint8],
    likelier: float,
    key: int,
    *,
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def instrument_path(
    surface: NDArray[np.float64],
    out: NDArray[np.float64],
    turn: int,
    drift_y: float,
    drift_x: float,
    creep_y: float,
    creep_x: float,
    logarithmic: bool,
    creep_time: float,
    lag: float,
    hysteresis: float,
    *,
    threads: int,
) -> None: ...
def instrument_background(
    heights: NDArray[np.float64],
    turn: int,
    along_y: NDArray[np.float64],
    along_x: NDArray[np.float64],
    speed: float,
    amplitude: float,
    logarithmic: bool,
    creep_time: float,
    *,
    threads: int,
) -> None: ...
def instrument_feedback(
    heights: NDArray[np.float64], turn: int, gain: float, momentum: float, rise: float, fall: float
) -> None: ...

# growth and other processes of synth
def ballistic(
    heights: NDArray[np.float64],
    first: int,
    last: int,
    spread: float,
    whole: bool,
    key: int,
    progress: Callable[[int, int], object] | None,
) -> None: ...
def columnar(
    heights: NDArray[np.float64],
    first: int,
    last: int,
    size_spread: float,
    cosine: float,
    cosine_spread: float,
    direction: float,
    direction_spread: float,
    strong: bool,
    melting: float,
    key: int,
    progress: Callable[[int, int], object] | None,
) -> None: ...
def wetting_priorities(rows: int, cols: int, key: int) -> NDArray[np.float64]: ...
def wetting(
    priorities: NDArray[np.float64], count: int, diffusion: float, key: int, progress: Callable[[int, int], object] | None
) -> tuple[int, int]: ...
def diffusion(
    heights: NDArray[np.float64],
    count: int,
    flux: float,
    sticks: Sequence[float],
    breaks: Sequence[float],
    descends: float,
    key: int,
    progress: Callable[[int, int], object] | None,
) -> tuple[int, int, int, int]: ...
def domain_draws(rows: int, cols: int, key: int) -> NDArray[np.float64]: ...
def domains(
    spins: NDArray[np.float64],
    iterations: int,
    temperature: float,
    strength: float,
    coupling: float,
    bias: float,
    time_step: float,
    key: int,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> NDArray[np.float64]: ...
def turing_draws(rows: int, cols: int, key: int) -> NDArray[np.float64]: ...
def turing_pattern(
    field: NDArray[np.float64],
    iterations: int,
    size: float,
    chaos: float,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> None: ...
def anneal_draws(rows: int, cols: int, key: int) -> NDArray[np.float64]: ...
def anneal(
    cells: NDArray[np.float64],
    sweeps: int,
    first_temperature: float,
    last_temperature: float,
    ab: float,
    ac: float,
    bc: float,
    averaged: int,
    key: int,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> None: ...

# synth/noise, synth/spikes, synth/lines and synth/line_errors
def noise(
    rows: int, cols: int, rms: float, distribution: int, sign: int, density: float, key: int, *, threads: int
) -> NDArray[np.float64]: ...
def spikes(
    rows: int, cols: int, rms: float, distribution: int, sign: int, density: float, size: int, key: int, *, threads: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]: ...
def line_errors(
    heights: NDArray[np.float64],
    rms: float,
    distribution: int,
    sign: int,
    kind: int,
    count: int,
    key: int,
    *,
    threads: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]: ...
def line_steps(
    rows: int,
    cols: int,
    rms: float,
    distribution: int,
    sign: int,
    per_line: float,
    within_line: float,
    cumulative: bool,
    key: int,
    *,
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]: ...
def line_ridges(
    rows: int,
    cols: int,
    rms: float,
    distribution: int,
    sign: int,
    per_line: float,
    width: float,
    within_line: float,
    key: int,
    *,
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def line_scars(
    rows: int,
    cols: int,
    rms: float,
    distribution: int,
    sign: int,
    coverage: float,
    length: float,
    spread: float,
    width: int,
    width_range: int,
    key: int,
    *,
    threads: int,
) -> tuple[
    NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]
]: ...
def line_tilt(
    rows: int, cols: int, rms: float, distribution: int, sign: int, pivot_spread: float, key: int, *, threads: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def line_hum(
    rows: int,
    cols: int,
    rms: float,
    distribution: int,
    wavelength: float,
    spread: float,
    components: int,
    key: int,
    *,
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

# synth/objects
def object_kinds() -> list[str]: ...
def object_ratio(kind: str, aspect: float) -> float: ...
def object_count(
    kind: str, rows: int, cols: int, radius: float, aspect: float, row_step: float, coverage: float, radius_spread: float
) -> float: ...
def object_dtype() -> np.dtype[Any]: ...
def scatter_objects(
    surface: NDArray[np.float64],
    count: int,
    key: int,
    *,
    kind: str,
    radius: float,
    height: float,
    aspect: float,
    angle: float,
    truncation: float,
    row_step: float,
    radius_spread: float,
    aspect_spread: float,
    height_spread: float,
    angle_spread: float,
    truncation_spread: float,
    height_scales_with_radius: bool,
    up_fraction: float,
    columnarity: float,
    avoid_overlap: bool,
    info: bool,
    threads: int,
) -> tuple[NDArray[Any], NDArray[Any]] | None: ...
def place_objects(
    surface: NDArray[np.float64],
    objects: NDArray[Any],
    kind: str,
    row_step: float,
    columnarity: float,
    avoid_overlap: bool,
    threads: int,
) -> NDArray[Any]: ...
def object_profile(
    kind: str, radius: float, height: float, aspect: float, angle: float, truncation: float, row_step: float
) -> NDArray[np.float64]: ...

# random fields, and surfaces made of them
def self_affine(
    rows: int,
    cols: int,
    rms: float,
    hurst: float,
    roll_off: float,
    smoothing: float,
    anisotropy: float,
    angle: float,
    row_step: float,
    key: int,
    threads: int,
) -> tuple[NDArray[np.float64], float]: ...
def has_waves(rows: int, cols: int, k_min: float, k_max: float, row_step: float) -> bool: ...
def spectral(
    rows: int,
    cols: int,
    rms: float,
    k_min: float,
    k_max: float,
    gaussian_length: float,
    gaussian_power: float,
    exponential_length: float,
    power_exponent: float,
    row_step: float,
    key: int,
    threads: int,
) -> tuple[NDArray[np.float64], float]: ...

# atoms, terraces, wrinkles
def lattice_sites(
    rows: int,
    cols: int,
    vectors: tuple[float, float, float, float],
    second: tuple[float, float],
    height: float,
    second_height: float,
    width: float,
    position_spread: float,
    vacancies: float,
    row_step: float,
) -> float: ...
def atomic_lattice(
    rows: int,
    cols: int,
    vectors: tuple[float, float, float, float],
    second: tuple[float, float],
    height: float,
    second_height: float,
    width: float,
    position_spread: float,
    vacancies: float,
    row_step: float,
    key: int,
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]: ...
def terrace_points(
    rows: int,
    cols: int,
    period: float,
    width_spread: float,
    wander: float,
    kink: float,
    step_width: float,
    row_step: float,
) -> float: ...
def terraces(
    rows: int,
    cols: int,
    height: float,
    period: float,
    width_spread: float,
    wander: float,
    wander_length: float,
    meander: float,
    kink: float,
    step_width: float,
    angle: float,
    row_step: float,
    island_coverage: float,
    island_radius: float,
    pit_fraction: float,
    key: int,
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]: ...
def wrinkles(
    rows: int,
    cols: int,
    height: float,
    sigma: float,
    roll_off: float,
    smoothing: float,
    hurst: float,
    anisotropy: float,
    angle: float,
    height_spread: float,
    row_step: float,
    families: int,
    key: int,
    threads: int,
) -> tuple[NDArray[np.float64], float]: ...

# brownian surfaces, waves, phases
def brownian(
    rows: int,
    cols: int,
    hurst: float,
    rms: float,
    stationarity_length: float,
    distribution: int,
    power: float,
    row_step: float,
    key: int,
    threads: int,
) -> NDArray[np.float64]: ...
def waves(
    rows: int,
    cols: int,
    count: int,
    quantity: int,
    form: int,
    amplitude: float,
    amplitude_spread: float,
    wavelength: float,
    wavelength_spread: float,
    decay: float,
    decay_spread: float,
    center_y: float,
    center_x: float,
    spread_y: float,
    spread_x: float,
    row_step: float,
    key: int,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
]: ...
def phases(
    rows: int,
    cols: int,
    size: float,
    spread: float,
    height: float,
    row_step: float,
    base: NDArray[np.float64] | None,
    key: int,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> NDArray[np.float64]: ...
def torus_thin(image: NDArray[np.uint8]) -> NDArray[np.uint8]: ...
def torus_dilate(image: NDArray[np.uint8], radius: int) -> NDArray[np.uint8]: ...
def torus_squared_distances(image: NDArray[np.uint8]) -> NDArray[np.float64]: ...

# solids
def fibre_profiles() -> list[str]: ...
def fibre_count(
    rows: int, cols: int, width: float, coverage: float, width_spread: float, width_variation: float, row_step: float
) -> float: ...
def lay_fibres(
    surface: NDArray[np.float64],
    count: int,
    key: int,
    *,
    profile: str,
    width: float,
    height: float,
    coverage: float,
    angle: float,
    angle_spread: float,
    width_spread: float,
    width_variation: float,
    height_spread: float,
    height_variation: float,
    height_scales_with_width: bool,
    truncation: float,
    truncation_spread: float,
    bend_density: float,
    lateral_bend: float,
    lateral_bend_spread: float,
    axial_bend: float,
    axial_bend_spread: float,
    row_step: float,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> NDArray[Any]: ...
def solid_kinds() -> list[str]: ...
def solid_count(
    kind: str, rows: int, cols: int, width: float, aspect: float, coverage: float, width_spread: float, row_step: float
) -> float: ...
def pile_up(
    surface: NDArray[np.float64],
    count: int,
    key: int,
    *,
    kind: str,
    width: float,
    aspect: float,
    angle: float,
    columnarity: float,
    avoid_overlap: bool,
    width_spread: float,
    aspect_spread: float,
    angle_spread: float,
    row_step: float,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> NDArray[Any]: ...
def discs(
    rows: int,
    cols: int,
    radius: float,
    radius_spread: float,
    min_radius: float,
    separation: float,
    height: float,
    height_spread: float,
    tiles: bool,
    gap: float,
    opening: float,
    row_step: float,
    key: int,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> tuple[NDArray[np.float64], NDArray[Any], int]: ...
def squared_distances(square: NDArray[np.float64], row_step: float, threads: int) -> None: ...
def lattice_kinds() -> list[str]: ...
def lattice_surfaces() -> list[str]: ...
def lattice_point_count(
    rows: int, cols: int, kind: str, size: float, lattice_relaxation: float, deformation: float, row_step: float
) -> float: ...
def lattice(
    rows: int,
    cols: int,
    kind: str,
    size: float,
    height: float,
    layers: Sequence[tuple[str, float, float, float]],
    lattice_relaxation: float,
    height_relaxation: float,
    angle: float,
    deformation: float,
    deformation_scale: float,
    row_step: float,
    key: int,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...

# particles and rods
def particles(
    rows: int,
    cols: int,
    dy: float,
    dx: float,
    base: NDArray[np.float64] | None,
    margin: float,
    count: int,
    radius: float,
    radius_std: float,
    radius_low: float,
    radius_high: float,
    steps: int,
    key: int,
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], int, int]: ...
def particle_forces(
    positions: NDArray[np.float64],
    radii: NDArray[np.float64],
    rows: int,
    cols: int,
    dy: float,
    dx: float,
    base: NDArray[np.float64] | None,
    margin: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def settle_particles(
    positions: NDArray[np.float64],
    radii: NDArray[np.float64],
    rows: int,
    cols: int,
    dy: float,
    dx: float,
    base: NDArray[np.float64] | None,
    margin: float,
    steps: int,
    exact: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64], int, int]: ...
def rods(
    rows: int,
    cols: int,
    dy: float,
    dx: float,
    base: NDArray[np.float64] | None,
    margin: float,
    count: int,
    radius: tuple[float, float, float, float],
    aspect: tuple[float, float, float, float],
    particle_strength: float,
    surface_strength: float,
    mobility: float,
    gravity: float,
    steps: int,
    key: int,
    threads: int,
) -> tuple[
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    NDArray[np.float64],
    int,
    int,
]: ...
def draw_capsules(
    base: NDArray[np.float64],
    dy: float,
    dx: float,
    positions: NDArray[np.float64],
    axes: NDArray[np.float64],
    radii: NDArray[np.float64],
    halves: NDArray[np.float64],
    threads: int,
) -> NDArray[np.float64]: ...

# synth/pattern
class Frame:
    def __init__(
        self,
        *,
        dy: float,
        dx: float,
        angle: float,
        center_y: float,
        center_x: float,
        deformation: float,
        deformation_scale: float,
    ) -> None: ...

def smooth_field(
    rows: int, cols: int, scale_rows: float, scale_cols: float, rms: float, key: int, role: int
) -> NDArray[np.float64]: ...
def pattern_staircase(
    rows: int,
    cols: int,
    frame: Frame,
    key: int,
    *,
    info: bool,
    threads: int,
    period: float,
    height: float,
    slope: float,
    position_spread: float,
    slope_spread: float,
    height_spread: float,
    height_scales_with_width: bool,
) -> Any: ...
def pattern_double_staircase(
    rows: int,
    cols: int,
    frame: Frame,
    key: int,
    *,
    info: bool,
    threads: int,
    period_x: float,
    period_y: float,
    height: float,
    position_spread_x: float,
    position_spread_y: float,
    height_spread: float,
) -> Any: ...
def pattern_grating(
    rows: int,
    cols: int,
    frame: Frame,
    key: int,
    *,
    info: bool,
    threads: int,
    period: float,
    height: float,
    top: float,
    slope: float,
    asymmetry: float,
    position_spread: float,
    top_spread: float,
    slope_spread: float,
    height_spread: float,
    scale_with_width: bool,
) -> Any: ...
def pattern_amphitheatre(
    rows: int,
    cols: int,
    frame: Frame,
    key: int,
    *,
    info: bool,
    threads: int,
    period: float,
    height: float,
    slope: float,
    position_spread: float,
    slope_spread: float,
    height_spread: float,
    superellipse: float,
    parabolicity: float,
) -> Any: ...
def pattern_rings(
    rows: int,
    cols: int,
    frame: Frame,
    key: int,
    *,
    info: bool,
    threads: int,
    period: float,
    height: float,
    top: float,
    slope: float,
    asymmetry: float,
    position_spread: float,
    top_spread: float,
    slope_spread: float,
    height_spread: float,
    scale_with_width: bool,
    superellipse: float,
    parabolicity: float,
) -> Any: ...
def pattern_siemens_star(
    rows: int,
    cols: int,
    frame: Frame,
    key: int,
    *,
    info: bool,
    threads: int,
    sectors: int,
    height: float,
    top: float,
    top_spread: float,
    edge_shift: float,
    slope: float,
) -> Any: ...
def pattern_holes(
    rows: int,
    cols: int,
    frame: Frame,
    key: int,
    *,
    info: bool,
    threads: int,
    period_x: float,
    period_y: float,
    depth: float,
    top_x: float,
    top_y: float,
    slope: float,
    roundness: float,
    position_spread_x: float,
    position_spread_y: float,
    top_spread_x: float,
    top_spread_y: float,
    slope_spread: float,
    roundness_spread: float,
    depth_spread: float,
) -> Any: ...
def pattern_pillars(
    rows: int,
    cols: int,
    frame: Frame,
    key: int,
    *,
    info: bool,
    threads: int,
    kind: str,
    period_x: float,
    period_y: float,
    height: float,
    size: float,
    slope: float,
    orientation: float,
    position_spread_x: float,
    position_spread_y: float,
    size_spread: float,
    slope_spread: float,
    orientation_spread: float,
    height_spread: float,
) -> Any: ...

# tip
refine_margin: int

class TipModel:
    def __init__(
        self,
        kind: str,
        *,
        radius: float,
        half_angle: float,
        sides: int,
        rotation: float,
        anisotropy: float,
        height_range: float,
        dy: float,
        dx: float,
    ) -> None: ...
    def size(self, square: bool, longest: int) -> tuple[int, int]: ...
    def heights(self, rows: int, cols: int) -> NDArray[np.float64]: ...

def dilate(
    image: NDArray[Any], tip: NDArray[Any], replicate: bool, out: NDArray[Any], first: int, last: int, threads: int
) -> None: ...
def erode(
    image: NDArray[Any], tip: NDArray[Any], replicate: bool, out: NDArray[Any], first: int, last: int, threads: int
) -> None: ...
def mark_contacts(
    image: NDArray[np.float64],
    tip: NDArray[np.float64],
    floor: float,
    tolerance: float,
    certain: NDArray[np.uint8],
    first: int,
    last: int,
    threads: int,
) -> None: ...
def refine_tip(
    padded: NDArray[np.float64], points: NDArray[np.int64], estimate: NDArray[np.float64], threshold: float, threads: int
) -> int: ...
