// What lies beyond the edge of an image.
#pragma once

namespace afmnn::nn {

/// How an image goes on beyond its edge; SciPy's names and meanings.
enum class BorderMode { reflect, nearest, mirror, constant };

struct Border {
  BorderMode mode = BorderMode::reflect;
  double height = 0.0;  // beyond the edge with BorderMode::constant
};

}  // namespace afmnn::nn
