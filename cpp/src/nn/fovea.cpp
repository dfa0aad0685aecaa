#include "afmnn/nn/fovea.hpp"

#include <limits>
#include <stdexcept>

namespace afmnn::nn {
namespace {

// x[i] becomes the mean of x[i - step], x[i] and x[i + step] as they were, which are kept in `old`. What lies nearer to an
// end than that is left as it is.
template <typename T>
void mean_of_three(T* x, std::ptrdiff_t count, std::ptrdiff_t step, T* old) {
  constexpr T third = T(1) / T(3);
  std::copy(x, x + count, old);
  for (std::ptrdiff_t i = step; i < count - step; ++i) x[i] = (old[i] + (old[i - step] + old[i + step])) * third;
}

constexpr std::ptrdiff_t longest = 1 << 12;  // box, grid, step and reach

bool is_box(std::ptrdiff_t side) {
  for (std::ptrdiff_t box = 1; box <= longest; box *= 3) {
    if (box == side) return true;
  }
  return false;
}

bool is_step(std::ptrdiff_t step) { return step >= 1 && step <= longest; }
bool is_grid(std::ptrdiff_t side) { return is_step(side) && side % 2 != 0; }

void validate_band(const Band& band) {
  const bool plain = band.residual && band.less_rows == 0 && band.less_cols == 0;
  const bool less = plain || (is_box(band.less_rows) && is_box(band.less_cols));
  if (!is_box(band.box_rows) || !is_box(band.box_cols) || !less) throw std::invalid_argument("boxes must be powers of three");
  if (!is_grid(band.grid_rows) || !is_grid(band.grid_cols) || !is_step(band.step_rows) || !is_step(band.step_cols)) {
    throw std::invalid_argument("grid must be odd, and grid and step 1 to 4096");
  }
}

}  // namespace

void validate(const Fovea& fovea) {
  if (!is_box(fovea.base_rows) || !is_box(fovea.base_cols)) throw std::invalid_argument("base must be powers of three");
  if (fovea.compresses && (fovea.base_rows != 1 || fovea.base_cols != 1)) throw std::invalid_argument("base must be one pixel");
  if (fovea.bands.empty()) throw std::invalid_argument("bands must be at least one");
  for (const Band& band : fovea.bands) validate_band(band);
  if (fovea.reach_rows() > longest || fovea.reach_cols() > longest) {
    throw std::invalid_argument("bands must be a reach of at most 4096 pixels");
  }
}

std::ptrdiff_t Fovea::taps() const {
  std::ptrdiff_t count = 0;
  for (const Band& band : bands) count += band.taps();
  return count;
}

bool Fovea::sees_residual() const {
  return std::any_of(bands.begin(), bands.end(), [](const Band& band) { return band.residual; });
}

std::ptrdiff_t Fovea::reach_rows() const {
  std::ptrdiff_t reach = base_rows / 2;
  for (const Band& b : bands) reach = std::max(reach, b.grid_rows / 2 * b.step_rows + std::max(b.box_rows, b.less_rows) / 2);
  return reach;
}

std::ptrdiff_t Fovea::reach_cols() const {
  std::ptrdiff_t reach = base_cols / 2;
  for (const Band& b : bands) reach = std::max(reach, b.grid_cols / 2 * b.step_cols + std::max(b.box_cols, b.less_cols) / 2);
  return reach;
}

std::vector<std::ptrdiff_t> fovea_offsets(const Fovea& fovea, std::ptrdiff_t plane, std::ptrdiff_t stride) {
  std::vector<std::ptrdiff_t> offsets;
  offsets.reserve(static_cast<std::size_t>(fovea.taps()));
  const std::ptrdiff_t centre = fovea.reach_rows() * stride + fovea.reach_cols();
  for (std::size_t b = 0; b < fovea.bands.size(); ++b) {
    const Band& band = fovea.bands[b];
    for (std::ptrdiff_t r = 0; r < band.grid_rows; ++r) {
      for (std::ptrdiff_t c = 0; c < band.grid_cols; ++c) {
        offsets.push_back(static_cast<std::ptrdiff_t>(b) * plane + centre + (r - band.grid_rows / 2) * band.step_rows * stride +
                          (c - band.grid_cols / 2) * band.step_cols);
      }
    }
  }
  return offsets;
}

template <typename T>
FoveaPlanes<T>::FoveaPlanes(const Fovea& fovea, std::ptrdiff_t elements)
    : fovea_(fovea),
      tall_(static_cast<std::size_t>(elements)),
      wide_(static_cast<std::size_t>(elements)),
      old_(static_cast<std::size_t>(elements)) {}

template <typename T>
bool FoveaPlanes<T>::wanted(std::ptrdiff_t least_rows, std::ptrdiff_t most_rows, std::ptrdiff_t least_cols, bool residual) const {
  const auto fits = [&](std::ptrdiff_t rows, std::ptrdiff_t cols) {
    return rows >= least_rows && rows <= most_rows && cols >= least_cols;
  };
  return (!residual && fits(fovea_.base_rows, fovea_.base_cols)) ||
         std::any_of(fovea_.bands.begin(), fovea_.bands.end(), [&](const Band& band) {
           return band.residual == residual && (fits(band.box_rows, band.box_cols) || fits(band.less_rows, band.less_cols));
         });
}

template <typename T>
void FoveaPlanes<T>::add(std::ptrdiff_t box_rows, std::ptrdiff_t box_cols, bool residual, std::ptrdiff_t count, T* planes,
                         std::ptrdiff_t plane, T* base) const {
  for (const Band& band : fovea_.bands) {
    const T whole = fovea_.compresses ? T(1) : static_cast<T>(band.gain);
    T gain = T(0);
    if (band.box_rows == box_rows && band.box_cols == box_cols) gain = whole;
    if (band.less_rows == box_rows && band.less_cols == box_cols) gain -= whole;
    if (band.residual == residual && gain != T(0)) {
      for (std::ptrdiff_t i = 0; i < count; ++i) planes[i] += gain * wide_[static_cast<std::size_t>(i)];
    }
    planes += plane;
  }
  if (!residual && fovea_.base_rows == box_rows && fovea_.base_cols == box_cols)
    std::copy(wide_.begin(), wide_.begin() + count, base);
}

template <typename T>
void FoveaPlanes<T>::means(const T* x, bool residual, std::ptrdiff_t count, std::ptrdiff_t stride, T* planes,
                           std::ptrdiff_t plane, T* base) {
  constexpr std::ptrdiff_t any = std::numeric_limits<std::ptrdiff_t>::max();
  if (residual && !fovea_.compresses) {
    static constexpr auto limit = static_cast<T>(residual_limit);
    std::transform(x, x + count, tall_.begin(), [](T height) { return std::clamp<T>(height, -limit, limit); });
  } else {
    std::copy(x, x + count, tall_.begin());
  }
  for (std::ptrdiff_t height = 1;; height *= 3) {
    std::copy(tall_.begin(), tall_.begin() + count, wide_.begin());
    for (std::ptrdiff_t width = 1; wanted(height, height, width, residual); width *= 3) {
      add(height, width, residual, count, planes, plane, base);
      if (!wanted(height, height, 3 * width, residual)) break;
      mean_of_three(wide_.data(), count, width, old_.data());
    }
    if (!wanted(3 * height, any, 1, residual)) return;
    mean_of_three(tall_.data(), count, height * stride, old_.data());
  }
}

template <typename T>
void FoveaPlanes<T>::compress(std::ptrdiff_t count, T* planes, std::ptrdiff_t plane) const {
  for (const Band& band : fovea_.bands) {
    const T gain = static_cast<T>(band.gain);
    for (std::ptrdiff_t i = 0; i < count; ++i) planes[i] = gain * compressed(planes[i]);
    planes += plane;
  }
}

template <typename T>
void FoveaPlanes<T>::run(const T* x, const T* residual, std::ptrdiff_t rows, std::ptrdiff_t cols, std::ptrdiff_t stride,
                         T* planes, std::ptrdiff_t plane, T* base) {
  // Rows end in padding or in the next row's beginning: both are further out than any box that is asked for.
  const std::ptrdiff_t count = (rows - 1) * stride + cols;
  std::fill(planes, planes + static_cast<std::ptrdiff_t>(fovea_.bands.size()) * plane, T(0));
  means(x, false, count, stride, planes, plane, base);
  if (residual != nullptr) means(residual, true, count, stride, planes, plane, base);
  if (fovea_.compresses) compress(count, planes, plane);
  if (residual == nullptr) return;
  for (std::ptrdiff_t i = 0; i < count; ++i) base[i] = x[i] - residual[i];
}

template class FoveaPlanes<float>;
template class FoveaPlanes<double>;

}  // namespace afmnn::nn
